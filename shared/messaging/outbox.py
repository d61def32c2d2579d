"""Documents that carry their unpublished events, so that a change and its event are one atomic write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from shared.contracts.envelope import Event
from shared.contracts.registry import check
from shared.errors import AlreadyExists, DuplicateValue, VersionConflict
from shared.messaging.effects import index_of

WAITING = {"outbox.id": {"$exists": True}}  # answered by the sparse index alone


class Wake(Protocol):
    """Tells the relay of this process that these collections, or any, have something to publish."""

    def __call__(self, *collections: str) -> None: ...


def wake_nobody(*collections: str) -> None:
    """Where no relay runs in this process: the sweeps of the others find what is stored."""


class OutboxStore:
    """Writes of one collection."""

    def __init__(self, collection: Collection[dict[str, Any]], wake: Wake = wake_nobody) -> None:
        self._collection = collection
        self._wake = wake

    def ensure_indexes(self) -> None:
        self._collection.create_index("outbox.id", sparse=True)

    def insert(self, document: Mapping[str, Any], events: Sequence[Event] = ()) -> None:
        """Store a new document with its events.

        Raises AlreadyExists for a known `_id`, DuplicateValue for another unique index, Unreadable for an
        event that does not fit its schema.
        """
        waiting = _to_outbox(events)
        try:
            self._collection.insert_one({**document, **({"outbox": waiting} if waiting else {})})
        except DuplicateKeyError as error:
            if self._collection.find_one({"_id": document["_id"]}, {"_id": 1}):
                raise AlreadyExists(str(document["_id"])) from error
            raise DuplicateValue(index=index_of(error)) from error
        if waiting:
            self._wake(self._collection.name)

    def update(
        self,
        document_id: Any,
        expected_version: int,
        *,
        set: Mapping[str, Any] | None = None,  # noqa: A002 - named as MongoDB's operator
        unset: Iterable[str] = (),
        push: Mapping[str, Any] | None = None,
        events: Sequence[Event] = (),
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - as pymongo names it
        bump: bool = True,
    ) -> None:
        """Change a document of `expected_version` and push its events, in one update.

        The version becomes one higher unless `bump` is False. Raises VersionConflict if the document has
        another version, is gone, or does not meet `filter`.
        """
        waiting = _to_outbox(events)
        change = _operators(
            set=dict(set or {}) | ({"version": expected_version + 1} if bump else {}),
            unset=dict.fromkeys(unset, ""),
            push=dict(push or {}) | ({"outbox": {"$each": waiting}} if waiting else {}),
        )
        condition = {**(filter or {}), "_id": document_id, "version": expected_version}
        try:
            result = self._collection.update_one(condition, change)
        except DuplicateKeyError as error:
            raise DuplicateValue(index=index_of(error)) from error
        if not result.matched_count:
            raise VersionConflict(f"{document_id} is not at version {expected_version}")
        if waiting:
            self._wake(self._collection.name)


def _to_outbox(events: Iterable[Event]) -> list[dict[str, Any]]:
    return [check(event).to_dict() for event in events]


def _operators(**parts: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """MongoDB refuses an empty operator."""
    return {f"${name}": fields for name, fields in parts.items() if fields}
