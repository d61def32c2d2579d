"""Digests: what waits for one, what it is called, and what becomes of each piece of news in it.

A delivery that waits is `in_digest` in its own dispatch, with the digest's label and, while the digest is
open, its slot. A digest closes once: its members are then fixed, and whatever comes later waits for the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from services.notifications.domain import states
from services.notifications.domain.claiming import NO_ADDRESS, NOT_VISIBLE, NOT_WANTED, UNSUBSCRIBED
from services.notifications.domain.contacts import Contact
from services.notifications.domain.recipients import Recipient
from services.notifications.domain.slots import label, period_of
from services.notifications.domain.subjects import Milestone, visible_reasons
from shared.preferences import NEVER, WEEKLY, way_of

NOTHING_LEFT = "nothing_left"
TOLD_ALREADY = "told_already"
NOTICE = "notice"
NOTICE_AFTER = timedelta(days=20)  # of an import: within 30 days, whatever the mail server is up to
_STEP = {WEEKLY: timedelta(days=7)}
_INTERNAL = "internal"  # of a project that nothing is known about: the safest

Place = tuple[str, int]  # dispatch id, position
Fate = tuple[str, str | None]  # state, why


@dataclass(frozen=True, slots=True)
class Member:
    """One delivery in a digest; `reasons` as its audience page has them."""

    dispatch: str
    position: int
    event_id: str
    event_version: int
    event: str
    project_id: str
    milestone_id: str
    contact_version: int
    reasons: Sequence[Mapping[str, Any]]

    @property
    def place(self) -> Place:
        return self.dispatch, self.position

    @property
    def subject(self) -> str:
        """What it is the newest state of: a milestone, an indicator or a project."""
        return self.milestone_id or self.event_id.rpartition(":")[0]


@dataclass(frozen=True)
class Digest:
    """A closed one. `todo` is its next step, None once its mail is on the road; `fates` says of each member,
    as of its last planning, what became of it instead of being shown (None: it is shown)."""

    id: str
    contact: str
    label: str
    slot: datetime
    frozen_at: datetime
    members: tuple[Member, ...]
    todo: str | None = None
    fates: Mapping[Place, Fate | None] = field(default_factory=dict)

    @property
    def is_notice(self) -> bool:
        """Whether it tells who holds the reader's data, and no news."""
        return self.period == NOTICE

    @property
    def period(self) -> str:
        return period_of(self.label)


@dataclass(frozen=True)
class Sorted:
    """The members to show with the reasons that may be seen, what becomes of all, and until when the digest
    has to wait because one of them may still turn out either way."""

    shown: Sequence[Member]
    fates: Mapping[Place, Fate | None]
    wait_until: datetime | None = None


def notice_to(contact: str, now: datetime) -> Digest:
    """The notice to somebody imported who had no mail in time; one for each contact, whoever makes it."""
    return Digest(f"{contact}:0", contact, label(NOTICE, now), now, now, (), "send")


def is_open(recipient: Recipient) -> bool:
    """Whether it waits for a digest that has not closed over it."""
    return recipient.state == states.IN_DIGEST and recipient.due_at is not None


def is_ripe(recipient: Recipient, now: datetime) -> bool:
    """Whether the digest that it waits for is due."""
    return is_open(recipient) and recipient.is_due(now)


def closed_over(recipient: Recipient, digest: Digest) -> Recipient:
    """The recipient in the closed digest: nothing but what becomes of the digest changes it now."""
    return recipient.becomes(states.IN_DIGEST, digest.label)


def belongs_to(recipient: Recipient, digest: Digest) -> bool:
    """Whether this digest closed over the recipient, and over it alone."""
    return (
        recipient.state == states.IN_DIGEST
        and recipient.due_at is None
        and recipient.why == digest.label
        and recipient.contact == digest.contact
    )


def to_the_next(recipient: Recipient, now: datetime) -> Recipient:
    """The recipient that came too late for its digest, waiting for the following one."""
    assert recipient.due_at is not None and recipient.why is not None
    period = period_of(recipient.why)
    step = _STEP.get(period, timedelta(days=1))
    behind = max(now - recipient.due_at, timedelta(0))
    slot = recipient.due_at + step * (behind // step + 1)
    return recipient.becomes(states.IN_DIGEST, label(period, slot), slot)


def sort_out(
    members: Iterable[Member],
    contact: Contact | None,
    milestones: Mapping[str, Milestone],
    visibilities: Mapping[str, str],
    now: datetime,
) -> Sorted:
    """What of a digest is still true, visible, wanted and the newest of its kind."""
    fates: dict[Place, Fate | None] = {}
    left: list[Member] = []
    waits: list[datetime] = []
    for member in members:
        overtaken = milestones.get(member.milestone_id, Milestone()).overtaken(
            member.event_id, member.event_version
        )
        if overtaken and overtaken.firm_at and now < overtaken.firm_at:
            waits.append(overtaken.firm_at)
        reasons = visible_reasons(visibilities.get(member.project_id, _INTERNAL), member.reasons)
        fate = (states.SUPERSEDED, overtaken.by) if overtaken else _unwanted(member, reasons, contact)
        if fate is None:
            left.append(replace(member, reasons=reasons))
        else:
            fates[member.place] = fate
    newest = _newest(left)
    for member in left:
        last = newest[member.subject]
        fates[member.place] = None if last is member else (states.SUPERSEDED, _word(last))
    shown = [member for member in left if newest[member.subject] is member]
    return Sorted(shown, fates, max(waits, default=None))


def shared_fate(digest: Digest, place: Place, became: Recipient) -> Fate | None:
    """What becomes of a member when the digest's own delivery has become `became`; None: it is no member.

    A digest that nobody can be sent is told by hand, piece by piece.
    """
    if place not in digest.fates:
        return None
    own = digest.fates[place]
    if own is not None:
        return own
    if (became.state, became.why) == (states.SUPPRESSED, NO_ADDRESS):
        return states.BY_HAND, NO_ADDRESS
    return became.state, became.why


def _unwanted(member: Member, reasons: Sequence[Any], contact: Contact | None) -> Fate | None:
    if not reasons:
        return states.SUPPRESSED, NOT_VISIBLE
    if contact is None:
        return None  # whether somebody is to be told at all is decided for the digest as a whole
    if member.project_id in contact.muted_projects:
        return states.SUPPRESSED, UNSUBSCRIBED
    if way_of(contact.preferences, member.event, reasons).how == NEVER:
        return states.SUPPRESSED, NOT_WANTED
    return None


def _newest(members: Iterable[Member]) -> Mapping[str, Member]:
    newest: dict[str, Member] = {}
    for member in members:
        known = newest.get(member.subject)
        if known is None or member.event_version > known.event_version:
            newest[member.subject] = member
    return newest


def _word(member: Member) -> str:
    return member.event.rpartition(".")[2]
