"""The process's own clockwork: looks every few seconds whether time has made an event."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
import time
from datetime import timedelta
from typing import Any

import structlog
from nameko.extensions import DependencyProvider

from services.projects.application.reminding import Reminders
from shared.messaging.lease import Lease
from shared.mongo import DATABASE_DOWN, DEPENDENCY_DOWN, Mongo

TICK = 10.0  # seconds; a look without an event costs one indexed query
LEASE_LASTS = timedelta(seconds=60)

log = structlog.get_logger(__name__)


class Ticker(DependencyProvider):
    """Leased, so that replicas do not do the same work, and correct without the lease."""

    mongo = Mongo()

    def __init__(self, tick: float = TICK) -> None:
        self._tick = tick
        self._stopping = threading.Event()
        self._greenlet: Any = None
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def setup(self) -> None:
        self._lease = Lease(self.mongo.database, "reminders", self._holder, LEASE_LASTS)

    def run(self, reminders: Reminders) -> None:
        """Begin; called once, when the use cases are wired."""
        self._reminders = reminders
        self._greenlet = self.container.spawn_managed_thread(self._run, identifier="reminders")

    def stop(self) -> None:
        self._stopping.set()
        if self._greenlet is not None:
            self._greenlet.wait()
        with contextlib.suppress(*DATABASE_DOWN):
            self._lease.give_back()

    def kill(self) -> None:
        self._stopping.set()

    def get_dependency(self, worker_ctx: Any) -> Ticker:
        return self

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look()
            except DEPENDENCY_DOWN as error:
                log.warning("reminders_wait", cause=type(error).__name__)
            self._stopping.wait(self._tick)

    def _look(self) -> None:
        if not self._lease.take(self.mongo.clock.now()):
            return
        ends = time.monotonic() + LEASE_LASTS.total_seconds() - self._tick
        raised = self._reminders.sweep(lambda: not self._stopping.is_set() and time.monotonic() < ends)
        if raised:
            log.info("reminders_raised", count=raised)
