"""One store for every kind of aggregate: a document of its own, with its outbox inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic

from pymongo.collection import Collection

from services.projects.application.ports import Aggregate, Loaded, Remembered
from services.projects.storage.documents import (
    NOT_OURS,
    REMEMBERED,
    Document,
    difference,
    from_document,
    remembered_document,
    remembered_of,
    to_document,
)
from services.projects.storage.turns import Turns
from shared.contracts.envelope import Event
from shared.errors import NotFound
from shared.failpoints import failpoint
from shared.messaging.outbox import OutboxStore, Wake, wake_nobody
from shared.mongo import database_errors


class AggregateStore(Generic[Aggregate]):
    """Loads, inserts and saves one kind of aggregate. `wake` tells the relay that there is work."""

    shape: type[Any]

    def __init__(self, collection: Collection[Document], wake: Wake = wake_nobody) -> None:
        self._collection = collection
        self._outbox = OutboxStore(collection, wake)
        self._turns = Turns()

    def ensure_indexes(self) -> None:
        self._outbox.ensure_indexes()

    def load(self, aggregate_id: str) -> Loaded[Aggregate]:
        """Raises NotFound, DependencyDown."""
        return self._load({"_id": aggregate_id})

    def turn(self, aggregate: Aggregate) -> AbstractContextManager[bool]:
        return self._turns.turn(aggregate.id)

    def insert(self, aggregate: Aggregate, events: Sequence[Event], remembered: Remembered | None) -> None:
        """Raises AlreadyExists, DependencyDown."""
        made_by = {"made_by": remembered_document(remembered)} if remembered else {}
        with database_errors():
            self._outbox.insert({**to_document(aggregate), **self.derived_from(aggregate), **made_by}, events)
        failpoint("projects.stored")

    def save(
        self,
        before: Aggregate,
        after: Aggregate,
        events: Sequence[Event],
        remembered: Remembered | None,
    ) -> None:
        """New state, events and answer in one update. Raises VersionConflict, DependencyDown."""
        changed = difference(before, after)
        with database_errors():
            self._outbox.update(
                before.id,
                before.version,
                set={**changed.set, **self.derived_from(after)},
                unset=changed.unset,
                push={**changed.push, **_remembering(remembered)},
                events=events,
            )
        failpoint("projects.stored")

    def derived_from(self, aggregate: Aggregate) -> Document:
        """What a kind stores beside the aggregate, because only searching needs it."""
        return {}

    def aggregate_of(self, document: Mapping[str, Any]) -> Aggregate:
        made: Aggregate = from_document(self.shape, document)
        return made

    def _load(self, condition: Mapping[str, Any]) -> Loaded[Aggregate]:
        with database_errors():
            document = self._collection.find_one(condition, NOT_OURS)
        if document is None:
            raise NotFound()
        return Loaded(self.aggregate_of(document), remembered_of(document))


def _remembering(remembered: Remembered | None) -> Document:
    if remembered is None:
        return {}
    return {"requests": {"$each": [remembered_document(remembered)], "$slice": -REMEMBERED}}
