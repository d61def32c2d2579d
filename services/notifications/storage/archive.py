"""Deliveries and dispatches as they are looked at: found by way of the audience pages, which never change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pymongo.database import Database

from services.notifications.application.ports import Attempt
from services.notifications.domain.dispatches import SLICE, Dispatch, dispatch_id
from services.notifications.storage.documents import Document, attempt_of, dispatch_of, state_mark
from shared.mongo import database_errors

_AT_ONCE = 40  # dispatches read for a list


class Archive:
    """`services.notifications.application.viewing.Archive`."""

    def __init__(self, database: Database[Document]) -> None:
        self._pages = database["pages"]
        self._dispatches = database["dispatches"]
        self._attempts = database["attempts"]
        self._digests = database["digests"]

    def pages_of_event(self, event_id: str) -> list[int]:
        """Which audience pages of an event arrived."""
        with database_errors():
            return sorted(page["page"] for page in self._pages.find({"event_id": event_id}, {"page": 1}))

    def dispatch_ids(self, event: str | None, milestone: str | None, contact: str | None) -> list[str]:
        """The dispatches that may hold such deliveries, in an order that never changes."""
        wanted = {"event_id": event, "milestone_id": milestone, "contacts.contact_id": contact}
        condition = {name: value for name, value in wanted.items() if value is not None}
        shown = {"event_id": 1, "page": 1, "contacts.contact_id": 1}
        with database_errors():
            pages = sorted(self._pages.find(condition, shown), key=lambda p: (p["event_id"], p["page"]))
        found = [
            dispatch_id(page["event_id"], page["page"], n) for page in pages for n in _slices(page, contact)
        ]
        return found + self._digests_of(contact) if contact and not (event or milestone) else found

    def _digests_of(self, contact: str) -> list[str]:
        with database_errors():
            return sorted(
                document["_id"] for document in self._digests.find({"contact": contact}, {"_id": 1})
            )

    def worth_a_look(self, state: str, after: str | None, limit: int) -> list[str]:
        """Dispatches with deliveries in a state that somebody may have to act on."""
        condition: dict[str, Any] = {"marks": state_mark(state)}
        if after is not None:
            condition["_id"] = {"$gte": after}
        with database_errors():
            found = self._dispatches.find(condition, {"_id": 1}).sort("_id", 1).limit(limit)
            return [document["_id"] for document in found]

    def dispatches(self, ids: Iterable[str]) -> Iterator[Dispatch]:
        """In the order of the ids; those that are not there are left out."""
        wanted = list(ids)
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            with database_errors():
                found = {d["_id"]: d for d in self._dispatches.find({"_id": {"$in": part}})}
            yield from (dispatch_of(found[key]) for key in part if key in found)

    def attempts(self, dispatch: str, position: int) -> Sequence[Attempt]:
        """What was tried for one delivery, oldest first."""
        with database_errors():
            documents = list(self._attempts.find({"dispatch_id": dispatch}))
        attempts = [attempt_of(a) for d in documents for a in d["attempts"] if a["position"] == position]
        return sorted(attempts, key=lambda attempt: attempt.at)


def _slices(page: Mapping[str, Any], contact: str | None) -> Iterable[int]:
    members = page["contacts"]
    if contact is None:
        return range(-(-len(members) // SLICE))
    return sorted({n // SLICE for n, member in enumerate(members) if member["contact_id"] == contact})
