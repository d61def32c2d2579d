"""Empties outboxes: publish, record, remove, in this order.

A crash between any two of these publishes again what was published; consumers know it by its id.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import structlog
from pymongo.database import Database

from shared.clock import Clock
from shared.contracts.envelope import Event
from shared.errors import Unroutable
from shared.failpoints import failpoint
from shared.messaging import metrics
from shared.messaging.history import History
from shared.messaging.outbox_queue import OutboxQueue, Waiting
from shared.messaging.publisher import Publisher

log = structlog.get_logger(__name__)


class Sweeper:
    """One pass over the outboxes of some collections, as often as it is asked for."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        collections: Sequence[str],
        publisher: Publisher,
        clock: Clock,
        keep_history: bool = True,
    ) -> None:
        self.history = History(database, collections)
        self._queues = [OutboxQueue(database[name]) for name in collections]
        self._publisher = publisher
        self._clock = clock
        self._keep_history = keep_history

    def ensure_indexes(self) -> None:
        for queue in self._queues:
            queue.ensure_indexes()
        if self._keep_history:
            self.history.ensure_indexes()

    def sweep(
        self, wanted: Callable[[], bool] = lambda: True, collections: Collection[str] | None = None
    ) -> None:
        """Publish all that waits in these collections, or in all; or stop between two batches once it is not
        `wanted`.

        Raises DependencyDown or DATABASE_DOWN; then what is left still waits.
        """
        for queue in self._queues:
            if collections is None or queue.name in collections:
                self._empty(queue, wanted)

    def count(self) -> None:
        """Notes how many documents of each collection have something to publish."""
        for queue in self._queues:
            metrics.OUTBOX_WAITING.labels(queue.name).set(queue.count())

    def _empty(self, queue: OutboxQueue, wanted: Callable[[], bool]) -> None:
        while wanted() and (batch := queue.take()):
            self._move(queue, batch)
            if queue.exhausted:
                break

    def _move(self, queue: OutboxQueue, batch: Sequence[Waiting]) -> None:
        refused = self._publish(_events(batch))
        failpoint("relay.published")
        published = [waiting for waiting in batch if refused.isdisjoint(waiting.ids)]
        for waiting in batch:
            if not refused.isdisjoint(waiting.ids):
                queue.stand_back(waiting.document_id)
        if published:
            self._record(_events(published))
            failpoint("relay.recorded")
            queue.remove(published)
            failpoint("relay.removed")

    def _publish(self, events: Sequence[Event]) -> frozenset[str]:
        """The ids that no queue took."""
        try:
            self._publisher.publish_all(events)
        except Unroutable as error:
            return error.message_ids
        return frozenset()

    def _record(self, events: Sequence[Event]) -> None:
        if self._keep_history:
            for event_id in self.history.record(events, self._clock.now()):
                log.error("event_id_reused", event_id=event_id)


def _events(batch: Sequence[Waiting]) -> list[Event]:
    return [event for waiting in batch for event in waiting.events]
