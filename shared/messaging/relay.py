"""The relay of a service: sweeps the outboxes when woken, and every second.

It is leased so that replicas do not do the same work, and correct without the lease.
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

from shared.errors import NotFound
from shared.messaging.history import History
from shared.messaging.lease import Lease
from shared.messaging.publisher import Publisher
from shared.messaging.sweeper import Sweeper
from shared.messaging.topology import events_exchange
from shared.messaging.waiting import backoff
from shared.mongo import DATABASE_DOWN, DEPENDENCY_DOWN, Mongo

SWEEP_EVERY = 1.0  # seconds
RETRY_WITHIN = 2.0  # seconds after broker and database are back
LEASE_LASTS = timedelta(seconds=10)
LEASE_RENEWED_EVERY = 3.0  # seconds

log = structlog.get_logger(__name__)


class OutboxRelay(DependencyProvider):
    """`relay = OutboxRelay(["projects", "indicators"])` publishes what those collections' outboxes hold.

    A service instance finds on it `wake()`, which OutboxStore calls, `republish(event_id)` and `history`.
    """

    mongo = Mongo()

    def __init__(
        self,
        collections: Sequence[str] = (),
        keep_history: bool = True,
        sweep_every: float = SWEEP_EVERY,
    ) -> None:
        self._collections = tuple(collections)
        self._keep_history = keep_history
        self._sweep_every = sweep_every
        self._woken = threading.Event()
        self._asked: set[str] = set()  # collections with something to publish
        self._swept_at = float("-inf")  # all of them
        self._stopping = threading.Event()
        self._greenlet: Any = None
        self._alive_at = self._leased_until = self._lease_tried_at = float("-inf")

    def setup(self) -> None:
        database, name = self.mongo.database, self.container.service_name
        self._publisher = Publisher(self.container.config["AMQP_URI"], events_exchange(name))
        self._sweeper = Sweeper(
            database, self._collections, self._publisher, self.mongo.clock, self._keep_history
        )
        holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._lease = Lease(database, "relay", holder, LEASE_LASTS)

    def start(self) -> None:
        self._alive_at = time.monotonic()
        self.wake()  # what a predecessor left is published without waiting for its lease to end
        self._greenlet = self.container.spawn_managed_thread(self._run, identifier="outbox relay")

    def stop(self) -> None:
        self._stopping.set()
        self._woken.set()
        if self._greenlet is not None:
            self._greenlet.wait()
        self._publisher.close()
        with contextlib.suppress(*DATABASE_DOWN):
            self._lease.give_back()

    def kill(self) -> None:
        self._stopping.set()

    def get_dependency(self, worker_ctx: Any) -> OutboxRelay:
        return self

    @property
    def history(self) -> History:
        return self._sweeper.history

    def wake(self, *collections: str) -> None:
        """There is something to publish, in these collections or in any: do it now rather than at the next
        sweep."""
        self._asked.update(collections or self._collections)
        self._woken.set()

    def republish(self, event_id: str) -> None:
        """Publish an event again under its own id. Raises NotFound, Unroutable or DependencyDown."""
        event = self.history.get(event_id)
        if event is None:
            raise NotFound("event-not-found", event_id=event_id)
        self._publisher.publish(event)

    def look_up_figures(self) -> None:
        """What waits, also where another replica holds the lease."""
        self._sweeper.count()

    def seconds_since_alive(self) -> float:
        """How long ago the relay last finished a sweep, or found that it could not."""
        return time.monotonic() - self._alive_at

    def _run(self) -> None:
        pauses = backoff(most=RETRY_WITHIN)
        indexed = False
        while not self._stopping.is_set():
            asked, self._asked = self._asked, set()
            self._woken.clear()
            try:
                if not indexed:
                    self._sweeper.ensure_indexes()
                    indexed = True
                self._sweep(asked)
                pauses = backoff(most=RETRY_WITHIN)
                self._rest()
            except DEPENDENCY_DOWN as error:
                self._back_off(next(pauses), error)

    def _sweep(self, asked: set[str]) -> None:
        """What was asked for; now and again all, if no other replica does."""
        now = time.monotonic()
        if now - self._swept_at >= self._sweep_every and self._holds_lease():
            self._swept_at = now
            asked = set(self._collections)
        if asked:
            self._sweeper.sweep(lambda: not self._stopping.is_set(), asked)

    def _rest(self) -> None:
        self._alive_at = time.monotonic()
        self._woken.wait(self._sweep_every)

    def _back_off(self, pause: float, error: Exception) -> None:
        self._alive_at = time.monotonic()
        log.warning("relay_waits", cause=str(error), seconds=pause)
        self._stopping.wait(pause)
        self.wake()  # whatever waits by then is swept at once

    def _holds_lease(self) -> bool:
        now = time.monotonic()
        if now - self._lease_tried_at >= LEASE_RENEWED_EVERY:
            self._lease_tried_at = now
            if self._lease.take(self.mongo.clock.now()):
                self._leased_until = now + LEASE_LASTS.total_seconds()
        return now < self._leased_until
