"""A ledger, a directory and pages in memory, which keep the same promises as the ones in MongoDB.

`tests/integration/notifications/test_ledger.py` runs the same tests against both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.notifications.application.ports import Due, Settlement
from services.notifications.domain.contacts import Contact
from services.notifications.domain.digests import Digest, is_open
from services.notifications.domain.dispatches import Dispatch, Lease
from services.notifications.domain.lanes import LaneRecord, brief, from_brief
from services.notifications.domain.subjects import Milestone


class MemoryLedger:
    """`ports.Ledger`. `step` is called before and after every change, where a process may die."""

    def __init__(self, *dispatches: Dispatch, step: Callable[[str], None] = lambda name: None) -> None:
        self.dispatches = {dispatch.id: dispatch for dispatch in dispatches}
        self.due_at = {dispatch.id: dispatch.due_at for dispatch in dispatches}
        self.lanes: dict[str, LaneRecord] = {}
        self.fenced: set[str] = set()
        self.events: list[Mapping[str, Any]] = []
        self.step = step

    def add(self, dispatch: Dispatch) -> None:
        """Once, as every insertion."""
        if dispatch.id not in self.dispatches:
            self.dispatches[dispatch.id], self.due_at[dispatch.id] = dispatch, dispatch.due_at

    def wake(self, contact: str, now: datetime) -> None:
        """What waits in an open digest of this contact is looked at again."""
        for key, stored in self.dispatches.items():
            waits = any(r.contact == contact and is_open(r) for r in stored.recipients)
            if waits and stored.lease is None:
                self.due_at[key] = now

    def due(self, now: datetime, limit: int) -> list[Due]:
        found = [key for key, due in self.due_at.items() if due is not None and due <= now]
        return [Due(key, self.dispatches[key].version, self.dispatches[key].lease) for key in found[:limit]]

    def claim(self, due: Sequence[Due], lease: Lease) -> list[Dispatch]:
        self.step("claim")
        claimed = []
        for each in due:
            dispatch = self.dispatches.get(each.id)
            if dispatch and dispatch.version == each.version and dispatch.lease is None:
                dispatch = replace(dispatch, version=dispatch.version + 1, lease=lease)
                self.dispatches[each.id], self.due_at[each.id] = dispatch, lease.until
                claimed.append(dispatch)
        self.step("claimed")
        return claimed

    def get(self, dispatch_id: str) -> Dispatch | None:
        return self.dispatches.get(dispatch_id)

    def renew(self, dispatch_ids: Sequence[str], lease: Lease) -> bool:
        mine = [key for key in dispatch_ids if _token(self.dispatches[key]) == lease.token]
        for key in mine:
            self.dispatches[key] = replace(self.dispatches[key], lease=lease)
            self.due_at[key] = lease.until
        return len(mine) == len(dispatch_ids)

    def add_lane(self, lane: str, now: datetime) -> bool:
        self.lanes[lane] = LaneRecord(lane)
        return True

    def remove_lane(self, lane: str) -> None:
        self.lanes.pop(lane, None)

    def open_window(self, record: LaneRecord) -> bool:
        self.step("window")
        if record.lane not in self.lanes or record.lane in self.fenced:
            return False
        self.lanes[record.lane] = replace(record, results=from_brief(brief(record.results)))
        self.step("window opened")
        return True

    def fence(self, lane: str, now: datetime) -> LaneRecord | None:
        self.step("fence")
        if lane not in self.lanes:
            return None
        self.fenced.add(lane)
        self.step("fenced")
        return self.lanes[lane]

    def settle(self, settlements: Sequence[Settlement]) -> int:
        self.step("settle")
        return sum(self._settle_one(settlement) for settlement in settlements)

    def _settle_one(self, settlement: Settlement) -> bool:
        after, stored = settlement.dispatch, self.dispatches[settlement.dispatch.id]
        if stored.version != after.version or stored.lease is None or _token(stored) != _token(after):
            return False
        self.dispatches[after.id] = replace(after, version=after.version + 1, lease=None)
        self.due_at[after.id] = after.due_at
        if settlement.event is not None:
            self.events.append(settlement.event)
        self.step("settled")
        return True


class MemoryDirectory:
    """`ports.Directory`: everybody known, nothing suppressed, everything public unless told otherwise."""

    def __init__(self, *contacts: Contact) -> None:
        self.people = {contact.id: contact for contact in contacts}
        self.milestones: dict[str, Milestone] = {}
        self.hidden: set[str] = set()

    def contacts(self, ids: Iterable[str]) -> Mapping[str, Contact]:
        return {key: self.people[key] for key in ids if key in self.people}

    def suppressed(self, fingerprints: Iterable[str]) -> frozenset[str]:
        return frozenset(fingerprints) & self.hidden

    def subjects(
        self, milestone_ids: Iterable[str], project_ids: Iterable[str]
    ) -> tuple[Mapping[str, Milestone], Mapping[str, str]]:
        return self.milestones, dict.fromkeys(project_ids, "public")


class MemoryDigests:
    """`application.digesting.Digests` over a ledger in memory. `step` is called before every write."""

    def __init__(self, ledger: MemoryLedger, pages: MemoryPages, step: Callable[[str], None]) -> None:
        self._ledger, self._pages, self._step = ledger, pages, step
        self.closed: dict[str, Digest] = {}

    def due(self, now: datetime, limit: int) -> list[Dispatch]:
        stored = self._ledger.dispatches.values()
        return [d for d in stored if d.digest_at is not None and d.digest_at <= now][:limit]

    def waiting(self, contacts: Collection[str]) -> list[Dispatch]:
        stored = self._ledger.dispatches.values()
        return [d for d in stored if any(r.contact in contacts and is_open(r) for r in d.recipients)]

    def dispatches(self, ids: Collection[str]) -> dict[str, Dispatch]:
        return {key: self._ledger.dispatches[key] for key in ids}

    def members(self, dispatches: Iterable[Dispatch]) -> dict[str, Sequence[Mapping[str, Any]]]:
        return {dispatch.id: self._pages.page(dispatch.page_id)["contacts"] for dispatch in dispatches}

    def get(self, ids: Collection[str]) -> dict[str, Digest]:
        return {key: self.closed[key] for key in ids if key in self.closed}

    def being_closed(self, contacts: Collection[str]) -> list[Digest]:
        return [d for d in self.closed.values() if d.todo == "mark" and d.contact in contacts]

    def close(self, digests: Sequence[Digest]) -> None:
        for digest in digests:
            self._step("close")
            self.closed.setdefault(digest.id, digest)

    def to_do(self, step: str, limit: int) -> list[Digest]:
        return [digest for digest in self.closed.values() if digest.todo == step][:limit]

    def done(self, ids: Collection[str], step: str, following: str | None) -> None:
        for key in ids:
            self._step("done")
            if self.closed[key].todo == step:
                self.closed[key] = replace(self.closed[key], todo=following)

    def edit(self, edits: Sequence[tuple[Dispatch, Any]]) -> None:
        for after, _ in edits:
            self._step("edit")
            stored = self._ledger.dispatches[after.id]
            if stored.version == after.version and stored.lease is None:
                self._ledger.dispatches[after.id] = replace(after, version=after.version + 1)
                self._ledger.due_at[after.id] = after.due_at

    def unnoticed(self, imported_before: datetime) -> list[str]:
        return []

    def last_restore(self) -> datetime | None:
        return None

    def add_dispatches(self, dispatches: Sequence[Dispatch]) -> None:
        for dispatch in dispatches:
            self._step("add dispatch")
            self._ledger.add(dispatch)

    def finished(self, limit: int) -> list[Dispatch]:
        stored = self._ledger.dispatches.values()
        return [d for d in stored if d.is_digest and d.due_at is None and d.lease is None][:limit]

    def shared(self, dispatches: Sequence[Dispatch]) -> None:
        """Nothing to remember here: sharing again changes nothing."""

    def keep_fates(self, fates: Mapping[str, Mapping[Any, Any]]) -> None:
        self._step("keep fates")
        for key, of_digest in fates.items():
            self.closed[key] = replace(self.closed[key], fates=of_digest)


class MemoryPages:
    """`ports.Pages`."""

    def __init__(self, pages: Mapping[str, Any], abouts: Mapping[str, Any]) -> None:
        self._pages, self._abouts = dict(pages), abouts

    def add(self, page_id: str, page: Mapping[str, Any]) -> None:
        self._pages[page_id] = page

    def page(self, page_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._pages[page_id]
        return found

    def about(self, event_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._abouts[event_id]
        return found


def _token(dispatch: Dispatch) -> str | None:
    return dispatch.lease.token if dispatch.lease else None
