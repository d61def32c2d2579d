"""Puts published events back into the outboxes they came from, after a restore has lost those on their way.

Whoever knows such an event does nothing, as with any event that comes twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from shared.messaging.history import COLLECTION as HISTORY

AT_ONCE = 50  # events read together: one may have megabytes


def say_again(database: Database[dict[str, Any]], collection: str, documents: Mapping[str, Any]) -> int:
    """`documents`: event id → `_id` of the document in whose outbox it belongs. How many were put back:
    those that the history has and the outbox had not."""
    ids = sorted(documents)
    return sum(
        _put_back(database[collection], documents[found["_id"]], found["envelope"])
        for start in range(0, len(ids), AT_ONCE)
        for found in database[HISTORY].find({"_id": {"$in": ids[start : start + AT_ONCE]}})
    )


def forget(database: Database[dict[str, Any]], event_ids: Iterable[str]) -> int:
    """Take out of the history what happened after its document was read for the backup; how many."""
    return sum(_delete(database[HISTORY], batch) for batch in _batches(sorted(event_ids)))


def _put_back(collection: Collection[dict[str, Any]], document_id: Any, envelope: Mapping[str, Any]) -> int:
    absent = {"_id": document_id, "outbox.id": {"$ne": envelope["id"]}}
    return collection.update_one(absent, {"$push": {"outbox": dict(envelope)}}).modified_count


def _delete(collection: Collection[dict[str, Any]], ids: Sequence[str]) -> int:
    return collection.delete_many({"_id": {"$in": list(ids)}}).deleted_count


def _batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
