"""Moves events from outboxes to the broker: publish, record, remove, in this order.

A crash between any two of these publishes again what was published; the consumers know it by its id.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from nameko.extensions import DependencyProvider

from shared.contracts.envelope import Event
from shared.errors import NotFound, Unroutable
from shared.failpoints import failpoint
from shared.messaging import metrics
from shared.messaging.history import History
from shared.messaging.lease import Lease
from shared.messaging.outbox_queue import OutboxQueue, Waiting
from shared.messaging.publisher import Publisher
from shared.messaging.topology import events_exchange
from shared.messaging.waiting import backoff
from shared.mongo import DATABASE_DOWN, DEPENDENCY_DOWN, Mongo

SWEEP_EVERY = 1.0  # seconds
LEASE_LASTS = timedelta(seconds=10)
LEASE_RENEWED_EVERY = 3.0  # seconds
STOP_WITHIN = 20.0  # seconds; whatever is left then is published after the next start

log = structlog.get_logger(__name__)


class OutboxRelay(DependencyProvider):
    """`relay = OutboxRelay(["projects", "indicators"])` publishes what those collections' outboxes hold.

    On a service instance it offers `wake()`, for OutboxStore, and `republish(event_id)`.
    """

    mongo = Mongo()

    def __init__(self, collections: Sequence[str] = (), keep_history: bool = True) -> None:
        self._collections = tuple(collections)
        self._keep_history = keep_history
        self._woken = threading.Event()
        self._stopping = False
        self._alive_at = float("-inf")
        self._greenlet: Any = None
        self._leased_until = float("-inf")
        self._lease_tried_at = float("-inf")

    def setup(self) -> None:
        database = self.mongo.database
        name = self.container.service_name
        self._queues = [OutboxQueue(database[collection]) for collection in self._collections]
        self._history = History(database, self._collections)
        self._publisher = Publisher(self.container.config["AMQP_URI"], events_exchange(name))
        holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._lease = Lease(database, "relay", holder, LEASE_LASTS)

    def start(self) -> None:
        self._alive_at = time.monotonic()
        self._woken.set()  # what a predecessor left is published without waiting for its lease to end
        self._greenlet = self.container.spawn_managed_thread(self._run, identifier="outbox relay")

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()
        if self._greenlet is not None:
            self._greenlet.wait()
        self._publisher.close()
        with contextlib.suppress(*DATABASE_DOWN):
            self._lease.give_back()

    def kill(self) -> None:
        self._stopping = True

    def get_dependency(self, worker_ctx: Any) -> OutboxRelay:
        return self

    def wake(self) -> None:
        """There is something to publish: do it now rather than at the next sweep."""
        self._woken.set()

    def republish(self, event_id: str) -> None:
        """Publish an event again under its own id. Raises NotFound, Unroutable or DependencyDown."""
        event = self._history.get(event_id)
        if event is None:
            raise NotFound("event-not-found", event_id=event_id)
        self._publisher.publish(event)

    @property
    def history(self) -> History:
        return self._history

    def seconds_since_alive(self) -> float:
        """How long ago the relay last finished a sweep, or found that it could not."""
        return time.monotonic() - self._alive_at

    def _run(self) -> None:
        indexed = False
        pauses = backoff()
        while not self._stopping:
            woken = self._woken.is_set()
            self._woken.clear()
            try:
                indexed = indexed or self._ensure_indexes()
                if woken or self._holds_lease():
                    self._sweep()
            except DEPENDENCY_DOWN as error:
                self._alive_at = time.monotonic()
                self._back_off(next(pauses), error)
            else:
                self._alive_at = time.monotonic()
                pauses = backoff()
                self._woken.wait(SWEEP_EVERY)

    def _back_off(self, pause: float, error: Exception) -> None:
        log.warning("relay_waits", cause=str(error), seconds=pause)
        self._woken.set()  # whatever waits now is swept as soon as the pause is over
        deadline = time.monotonic() + pause
        while not self._stopping and time.monotonic() < deadline:
            time.sleep(min(0.1, pause))

    def _ensure_indexes(self) -> bool:
        for queue in self._queues:
            queue.ensure_indexes()
        if self._keep_history:
            self._history.ensure_indexes()
        return True

    def _holds_lease(self) -> bool:
        now = time.monotonic()
        if now - self._lease_tried_at >= LEASE_RENEWED_EVERY:
            self._lease_tried_at = now
            if self._lease.take(self.mongo.clock.now()):
                self._leased_until = now + LEASE_LASTS.total_seconds()
        return now < self._leased_until

    def _sweep(self) -> None:
        for queue in self._queues:
            try:
                while not self._stopping and (batch := queue.take()):
                    self._relay(queue, batch)
            finally:
                metrics.OUTBOX_WAITING.labels(queue.name).set(queue.count())

    def _relay(self, queue: OutboxQueue, batch: Sequence[Waiting]) -> None:
        refused = self._publish([event for waiting in batch for event in waiting.events])
        failpoint("relay.published")
        published = [w for w in batch if not refused & {event.id for event in w.events}]
        for waiting in batch:
            if waiting not in published:
                queue.stand_back(waiting)
        if published:
            self._record([event for waiting in published for event in waiting.events])
            failpoint("relay.recorded")
            queue.remove(published)
            failpoint("relay.removed")

    def _publish(self, events: Sequence[Event]) -> frozenset[str]:
        try:
            self._publisher.publish_all(events)
        except Unroutable as error:
            return error.message_ids
        return frozenset()

    def _record(self, events: Sequence[Event]) -> None:
        if self._keep_history:
            for event_id in self._history.record(events, self.mongo.clock.now()):
                log.error("event_id_reused", event_id=event_id)
