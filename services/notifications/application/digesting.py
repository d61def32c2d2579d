"""Closes digests that are due, puts them on the road, and lets their news share what becomes of them.

Four steps, each repeatable and each leaving behind what the next one needs, so that a crash, a second
replica or a clock that jumps can neither make two digests of one nor lose a piece of news:

1. close: insert the digest under an id derived from contact and slot, with its members (`todo` = mark);
2. mark: each member's dispatch says that this digest closed over it. Only what is marked belongs to it: a
   member that another digest was faster to mark is left to that one (`todo` = send);
3. send: insert the digest's own dispatch, which the lanes send like any other (`todo` gone);
4. share: when that delivery has become something, so have its members.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from services.notifications.application.settling import outcome_event
from services.notifications.domain import states
from services.notifications.domain.digests import (
    NOTICE_AFTER,
    Digest,
    Member,
    Place,
    closed_over,
    is_open,
    is_ripe,
    notice_to,
    shared_fate,
    to_the_next,
)
from services.notifications.domain.dispatches import Dispatch, outcomes
from services.notifications.domain.recipients import Recipient
from services.notifications.domain.restoring import held_back
from services.notifications.domain.slots import digest_id
from shared.clock import Clock
from shared.contracts.envelope import Event
from shared.failpoints import failpoint

MARK, SEND = "mark", "send"
AT_ONCE = 100  # digests
NOTICES_EVERY = timedelta(hours=1)
DUE_AT_ONCE = 20  # dispatches, of 25 contacts each
_AFTER_ACCEPTANCE = frozenset({states.BOUNCED, states.COMPLAINED})

Edit = tuple[Dispatch, Event | None]  # with its new recipients, at the version that it still has
Members = Mapping[str, Sequence[Mapping[str, Any]]]  # dispatch id → its slice of the audience page


class Digests(Protocol):
    """Closed digests, and the dispatches whose recipients wait for one."""

    def due(self, now: datetime, limit: int) -> list[Dispatch]:
        """Dispatches with somebody whose digest is due."""

    def waiting(self, contacts: Collection[str]) -> list[Dispatch]:
        """Dispatches with one of these contacts in an open digest."""

    def dispatches(self, ids: Collection[str]) -> dict[str, Dispatch]: ...

    def members(self, dispatches: Iterable[Dispatch]) -> Members: ...

    def get(self, ids: Collection[str]) -> dict[str, Digest]: ...

    def being_closed(self, contacts: Collection[str]) -> list[Digest]:
        """Digests of these contacts whose members are not all marked yet."""

    def close(self, digests: Sequence[Digest]) -> None:
        """Insert each once; one that is known stays as it is."""

    def to_do(self, step: str, limit: int) -> list[Digest]: ...

    def done(self, ids: Collection[str], step: str, following: str | None) -> None: ...

    def edit(self, edits: Sequence[Edit]) -> None:
        """Those dispatches that are still at their version and that no lane is at work on."""

    def unnoticed(self, imported_before: datetime) -> list[str]:
        """Contacts imported before then who may be mailed and were not told who holds their data, without
        those to whom a notice was made."""

    def last_restore(self) -> datetime | None:
        """When this database was last restored from a backup."""

    def add_dispatches(self, dispatches: Sequence[Dispatch]) -> None:
        """Each once."""

    def finished(self, limit: int) -> list[Dispatch]:
        """Digests' own dispatches that have become something which was not shared yet."""

    def shared(self, dispatches: Sequence[Dispatch]) -> None: ...


@dataclass(frozen=True)
class Keeper:
    """`wake` tells the senders of this process."""

    digests: Digests
    clock: Clock
    wake: Callable[[], None]
    _looked: list[datetime] = field(default_factory=lambda: [datetime.min.replace(tzinfo=UTC)])

    def turn(self) -> bool:
        """One look at each of the steps; False: there was nothing to do. Raises DependencyDown."""
        return any([self._give_notice(), self._close(), self._mark(), self._send(), self._share()])

    def _give_notice(self) -> bool:
        """Now and again: to those who were imported and had no mail that could have said so."""
        now = self.clock.now()
        if now - self._looked[0] < NOTICES_EVERY:
            return False
        self._looked[0] = now
        unnoticed = self.digests.unnoticed(now - NOTICE_AFTER)
        self.digests.close([notice_to(contact, now) for contact in unnoticed])
        return bool(unnoticed)

    def _close(self) -> bool:
        now = self.clock.now()
        due = self.digests.due(now, DUE_AT_ONCE)
        contacts = {r.contact for dispatch in due for r in dispatch.recipients if is_ripe(r, now)}
        if not contacts:
            return False
        taken = {m.place for digest in self.digests.being_closed(contacts) for m in digest.members}
        ripe = _ripe(self.digests.waiting(contacts), contacts, taken, now)
        slots = {contact: max(_slot(*place) for place in places) for contact, places in ripe.items()}
        ids = {contact: digest_id(contact, slot) for contact, slot in slots.items()}
        known = self.digests.get(ids.values())
        late = {contact for contact, key in ids.items() if key in known}
        self._put_off([place for contact in late for place in ripe[contact]], now)
        members = self.digests.members(
            {d.id: d for contact in ripe.keys() - late for d, _ in ripe[contact]}.values()
        )
        self.digests.close(
            [_digest(ids[c], c, slots[c], ripe[c], members, now) for c in sorted(ripe.keys() - late)]
        )
        failpoint("digest.closed")
        return bool(ripe)

    def _put_off(self, late: Sequence[tuple[Dispatch, int]], now: datetime) -> None:
        """A digest has gone out without these: they wait for the next one."""
        changes: dict[str, dict[int, Recipient]] = defaultdict(dict)
        for dispatch, position in late:
            changes[dispatch.id][position] = to_the_next(dispatch.recipients[position], now)
        self.digests.edit(_edits({d.id: d for d, _ in late}, changes, now))

    def _mark(self) -> bool:
        closing = self.digests.to_do(MARK, AT_ONCE)
        if not closing:
            return False
        now = self.clock.now()
        before = self.digests.dispatches({m.dispatch for digest in closing for m in digest.members})
        changes: dict[str, dict[int, Recipient]] = defaultdict(dict)
        for digest in closing:
            for member in digest.members:
                recipient = before[member.dispatch].recipients[member.position]
                if is_open(recipient):
                    changes[member.dispatch][member.position] = closed_over(recipient, digest)
        self.digests.edit(_edits(before, changes, now))
        failpoint("digest.marked")
        after = self.digests.dispatches(changes.keys())
        finished = [d.id for d in closing if not any(_still_open(m, after) for m in d.members)]
        self.digests.done(finished, MARK, SEND)
        return bool(finished)

    def _send(self) -> bool:
        ready = self.digests.to_do(SEND, AT_ONCE)
        if not ready:
            return False
        now = self.clock.now()
        restored_at = self.digests.last_restore()
        self.digests.add_dispatches([_own_dispatch(digest, now, restored_at) for digest in ready])
        failpoint("digest.dispatched")
        self.digests.done([digest.id for digest in ready], SEND, None)
        self.wake()
        return True

    def _share(self) -> bool:
        finished = self.digests.finished(AT_ONCE)
        if not finished:
            return False
        now = self.clock.now()
        digests = self.digests.get([own.id for own in finished])
        news = self.digests.dispatches({m.dispatch for digest in digests.values() for m in digest.members})
        changes: dict[str, dict[int, Recipient]] = defaultdict(dict)
        for own in finished:
            for place, recipient in _sharing(digests[own.id], own.recipients[0], news):
                changes[place[0]][place[1]] = recipient
        self.digests.edit(_edits(news, changes, now))
        failpoint("digest.shared")
        after = self.digests.dispatches(changes.keys())
        unchanged = {
            (key, position)
            for key, of_dispatch in changes.items()
            for position, recipient in of_dispatch.items()
            if after[key].recipients[position] != recipient
        }
        done = [own for own in finished if not unchanged & {m.place for m in digests[own.id].members}]
        self.digests.shared(done)
        return bool(done)


def _ripe(
    dispatches: Iterable[Dispatch], contacts: Collection[str], taken: Collection[Place], now: datetime
) -> dict[str, list[tuple[Dispatch, int]]]:
    """Contact → what of it is due, and in no digest yet."""
    found: dict[str, list[tuple[Dispatch, int]]] = defaultdict(list)
    for dispatch in sorted(dispatches, key=lambda each: each.id):
        for position, recipient in enumerate(dispatch.recipients):
            ripe = recipient.contact in contacts and is_ripe(recipient, now)
            if ripe and (dispatch.id, position) not in taken:
                found[recipient.contact].append((dispatch, position))
    return found


def _slot(dispatch: Dispatch, position: int) -> datetime:
    slot = dispatch.recipients[position].due_at
    assert slot is not None
    return slot


def _digest(
    key: str,
    contact: str,
    slot: datetime,
    places: Sequence[tuple[Dispatch, int]],
    members: Members,
    now: datetime,
) -> Digest:
    """One digest of everything that is due: what waited through an outage makes no second one."""
    labels = {d.recipients[position].due_at: d.recipients[position].why for d, position in places}
    return Digest(
        id=key,
        contact=contact,
        label=labels[slot] or "",
        slot=slot,
        frozen_at=now,
        members=tuple(member_of(d, position, members[d.id][position]) for d, position in places),
        todo=MARK,
    )


def member_of(dispatch: Dispatch, position: int, named: Mapping[str, Any]) -> Member:
    """`named` is the contact as its audience page names it."""
    return Member(
        dispatch=dispatch.id,
        position=position,
        event_id=dispatch.event_id,
        event_version=dispatch.event_version,
        event=dispatch.event,
        project_id=dispatch.project_id,
        milestone_id=dispatch.milestone_id,
        contact_version=named["contact_version"],
        reasons=named["reasons"],
    )


def _own_dispatch(digest: Digest, now: datetime, restored_at: datetime | None) -> Dispatch:
    """The delivery of the digest itself: of no event, no milestone and no audience page.

    One that closed before a restore may have been sent after the backup: an operator lets it go.
    """
    recipient = Recipient(digest.contact, states.PENDING, None, now)
    if restored_at and digest.frozen_at <= restored_at:
        recipient = held_back(recipient, has_address=True)
    return Dispatch(
        id=digest.id,
        version=1,
        event_id=digest.id,
        event_version=1,
        page_id="",
        slice=0,
        project_id="",
        milestone_id="",
        recorded_at=now,
        recipients=(recipient,),
    )


def _still_open(member: Member, dispatches: Mapping[str, Dispatch]) -> bool:
    """Whether it could not be marked yet, since a lane was at work on its dispatch."""
    dispatch = dispatches.get(member.dispatch)
    return dispatch is not None and is_open(dispatch.recipients[member.position])


def _sharing(
    digest: Digest, became: Recipient, news: Mapping[str, Dispatch]
) -> Iterable[tuple[Place, Recipient]]:
    """(place, recipient) of each member that is not yet what the digest has become."""
    for member in digest.members:
        fate = shared_fate(digest, member.place, became)
        recipient = news[member.dispatch].recipients[member.position]
        if fate is None or (recipient.state, recipient.why) == fate:
            continue
        if recipient.state == states.IN_DIGEST or fate[0] in _AFTER_ACCEPTANCE:
            yield member.place, recipient.becomes(*fate, None, doubts=became.doubts)


def _edits(
    before: Mapping[str, Dispatch], changes: Mapping[str, Mapping[int, Recipient]], now: datetime
) -> list[Edit]:
    return [_edit(before[key], of_dispatch, now) for key, of_dispatch in changes.items()]


def _edit(dispatch: Dispatch, changes: Mapping[int, Recipient], now: datetime) -> Edit:
    recipients = tuple(changes.get(position, each) for position, each in enumerate(dispatch.recipients))
    after = replace(dispatch, recipients=recipients)
    news = outcomes(recipients)
    if not dispatch.milestone_id or news == outcomes(dispatch.recipients):
        return after, None
    return after, outcome_event(dispatch, dispatch.version + 1, news, now)
