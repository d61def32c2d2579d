"""What was said, in order: the published events and those still in an outbox, which hides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from heapq import merge
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from shared.contracts.envelope import Event, event_from_dict
from shared.messaging.effects import DUPLICATE_KEY
from shared.messaging.outbox import WAITING

COLLECTION = "events"


class History:
    """Events of one service: the collection `events`, and the outboxes of its other collections."""

    def __init__(self, database: Database[dict[str, Any]], outboxes: Sequence[str]) -> None:
        self._events: Collection[dict[str, Any]] = database[COLLECTION]
        self._outboxes = [database[name] for name in outboxes]

    def ensure_indexes(self) -> None:
        self._events.create_index([("subject", 1), ("version", 1)])
        self._events.create_index([("project_id", 1), ("version", 1)])
        self._events.create_index([("type", 1), ("_id", 1)])

    def record(self, events: Sequence[Event], published_at: datetime) -> list[str]:
        """Keep what was published, once each. Returns ids that were known with other content: those are
        kept beside the first under an id of their own."""
        try:
            self._events.insert_many([_to_document(e, published_at) for e in events], ordered=False)
        except BulkWriteError as error:
            failures = (error.details or {}).get("writeErrors", [])
            if (error.details or {}).get("writeConcernErrors") or _other_than_duplicates(failures):
                raise
            return self._keep_conflicting([events[f["index"]] for f in failures], published_at)
        return []

    def get(self, event_id: str) -> Event | None:
        """The event of this id, published or not."""
        stored = self._events.find_one({"_id": event_id})
        if stored is not None:
            return event_from_dict(stored["envelope"])
        return next(self._waiting({"id": event_id}), None)

    def of_project(self, project_id: str) -> list[Event]:
        """Every event of one project, its milestones and indicators, oldest first."""
        # Outboxes first: an event that is moved meanwhile is then seen twice rather than not at all.
        waiting = [
            *self._waiting({"data.project.id": project_id}),
            *self._waiting({"data.project_id": project_id}),
        ]
        return _in_order([*waiting, *self._published({"project_id": project_id})])

    def page(
        self,
        types: Sequence[str] = (),
        after: str | None = None,
        older_than: datetime | None = None,
        younger_than: datetime | None = None,
        limit: int = 50,
    ) -> list[Event]:
        """Published events in the order of their ids, for whoever compares or exports them."""
        condition: dict[str, Any] = {"type": {"$in": list(types)}} if types else {}
        if after is not None:
            condition["_id"] = {"$gt": after}
        if older_than is not None or younger_than is not None:
            condition["time"] = {
                **({"$lt": older_than} if older_than else {}),
                **({"$gt": younger_than} if younger_than else {}),
            }
        found = self._events.find(condition).sort("_id", 1).limit(limit)
        return [event_from_dict(document["envelope"]) for document in found]

    def _published(self, condition: Mapping[str, Any]) -> Iterator[Event]:
        for document in self._events.find(condition):
            yield event_from_dict(document["envelope"])

    def _waiting(self, attributes: Mapping[str, Any]) -> Iterator[Event]:
        condition = {f"outbox.{name}": value for name, value in attributes.items()}
        for collection in self._outboxes:
            for document in collection.find({**WAITING, **condition}, {"outbox": 1}):
                yield from (
                    event_from_dict(envelope)
                    for envelope in document.get("outbox", [])
                    if all(_at(envelope, name) == value for name, value in attributes.items())
                )

    def _keep_conflicting(self, events: Iterable[Event], published_at: datetime) -> list[str]:
        conflicting = []
        for event in events:
            stored = self._events.find_one({"_id": event.id}, {"fingerprint": 1})
            if stored is None or stored["fingerprint"] == event.fingerprint:
                continue
            document = _to_document(event, published_at)
            aside = f"{event.id}~{event.fingerprint[:12]}"
            self._events.update_one({"_id": aside}, {"$setOnInsert": {**document, "_id": aside}}, upsert=True)
            conflicting.append(event.id)
        return conflicting


def _to_document(event: Event, published_at: datetime) -> dict[str, Any]:
    project = event.data.get("project")
    return {
        "_id": event.id,
        "type": event.type,
        "subject": event.subject,
        "project_id": project.get("id") if isinstance(project, dict) else event.data.get("project_id"),
        "version": event.version,
        "time": event.time.astimezone(UTC),
        "fingerprint": event.fingerprint,
        "envelope": event.to_dict(),
        "published_at": published_at,
    }


def _other_than_duplicates(failures: Iterable[Mapping[str, Any]]) -> bool:
    return any(failure["code"] != DUPLICATE_KEY for failure in failures)


def _in_order(events: Iterable[Event]) -> list[Event]:
    """Each event once; an aggregate's own by version, whatever the clocks of its writers said, and
    aggregates among each other by time."""
    aggregates: dict[str, dict[str, Event]] = defaultdict(dict)
    for event in events:
        aggregates[event.id.rpartition(":")[0]][event.id] = event
    lines = [sorted(found.values(), key=lambda e: e.version) for found in aggregates.values()]
    return list(merge(*lines, key=lambda e: e.time))


def _at(envelope: Mapping[str, Any], path: str) -> Any:
    value: Any = envelope
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
