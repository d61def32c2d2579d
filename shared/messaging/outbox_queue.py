"""The outboxes of one collection, read as a queue of documents with events to publish."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.write_concern import WriteConcern

from shared.contracts.envelope import Event, event_from_dict
from shared.errors import Unreadable
from shared.messaging.outbox import WAITING

BATCH = 100  # documents published at once,
BATCH_BYTES = 2 * 1024 * 1024  # or fewer, when their events are large
REFUSED_FOR = 15.0  # seconds until a document whose event could not be published is tried again

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Waiting:
    """A document and the events in its outbox, in the order in which they happened."""

    document_id: Any
    events: tuple[Event, ...]

    @property
    def ids(self) -> list[str]:
        return [event.id for event in self.events]


class OutboxQueue:
    """Takes batches and removes what was published. Documents that could not be published stand back for a
    while, so that they do not keep the others waiting."""

    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self.name = collection.name
        self._collection = collection
        # Removing is not journaled: what comes back after a crash is published once more.
        self._cleaning = collection.with_options(write_concern=WriteConcern(w=1, j=False))
        self._refused: dict[Any, float] = {}
        self.exhausted = False

    def ensure_indexes(self) -> None:
        self._collection.create_index("outbox.id", sparse=True)

    def take(self) -> list[Waiting]:
        """Up to a batch of documents with something to publish; then `exhausted` says whether it was all."""
        self._forgive()
        condition: dict[str, Any] = {**WAITING}
        if self._refused:
            condition["_id"] = {"$nin": list(self._refused)}
        taken: list[Waiting] = []
        found = size = 0
        with self._collection.find(condition, {"outbox": 1}).limit(BATCH).batch_size(BATCH // 4) as documents:
            for document in documents:
                found += 1
                if waiting := self._read(document):
                    taken.append(waiting)
                    size += sum(len(event.to_bytes()) for event in waiting.events)
                if size > BATCH_BYTES:
                    break
        self.exhausted = found < BATCH and size <= BATCH_BYTES
        return taken

    def count(self) -> int:
        """How many documents have something to publish."""
        return self._collection.count_documents(dict(WAITING))

    def stand_back(self, document_id: Any) -> None:
        self._refused[document_id] = time.monotonic() + REFUSED_FOR

    def remove(self, published: Sequence[Waiting]) -> None:
        """Take these events out of their documents, and leave no empty outbox behind."""
        result = self._cleaning.bulk_write([_remove_all(w) for w in published], ordered=False)
        if result.matched_count < len(published):  # more was pushed meanwhile, or another relay was here
            self._cleaning.bulk_write([_remove_some(w) for w in published], ordered=False)
            ids = [w.document_id for w in published]
            self._cleaning.update_many(
                {"_id": {"$in": ids}, "outbox": {"$size": 0}}, {"$unset": {"outbox": ""}}
            )

    def _read(self, document: dict[str, Any]) -> Waiting | None:
        waiting = document.get("outbox") or []
        try:
            return Waiting(document["_id"], tuple(event_from_dict(envelope) for envelope in waiting))
        except Unreadable as error:
            log.error(
                "outbox_unreadable", collection=self.name, document_id=document["_id"], cause=error.cause
            )
            self.stand_back(document["_id"])
            return None

    def _forgive(self) -> None:
        now = time.monotonic()
        self._refused = {key: until for key, until in self._refused.items() if until > now}


def _remove_all(waiting: Waiting) -> UpdateOne:
    """Meets only an outbox of exactly these events."""
    ids = waiting.ids
    exactly = {"_id": waiting.document_id, "outbox.id": {"$all": ids}, "outbox": {"$size": len(ids)}}
    return UpdateOne(exactly, {"$unset": {"outbox": ""}})


def _remove_some(waiting: Waiting) -> UpdateOne:
    return UpdateOne({"_id": waiting.document_id}, {"$pull": {"outbox": {"id": {"$in": waiting.ids}}}})
