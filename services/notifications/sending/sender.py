"""The sender of a process: lanes that claim what is due and send it, each over one kept-open connection.

No mail leaves from a message handler: handlers record and `wake`; lanes sweep when woken, and every second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from nameko.extensions import DependencyProvider

from services.notifications import metrics
from services.notifications.application.lane import Lane
from services.notifications.sending.building import Workshop, post
from services.notifications.sending.due import DueQueue
from services.notifications.sending.loop import LaneLoop
from services.notifications.sending.resting import Resting
from services.notifications.smtp.conversation import Timeouts
from services.notifications.smtp.server import mail_server
from services.notifications.storage.stores import Stores, stores
from shared.config import Settings, settings_of
from shared.errors import DependencyDown
from shared.messaging.relay import OutboxRelay
from shared.messaging.waiting import backoff
from shared.mongo import DEPENDENCY_DOWN, Mongo

SWEEP_EVERY = 1.0  # seconds
PAUSE_UNNOTICED = 1.0  # seconds that the operator's pause may take to be noticed
RELEASE_EVERY = 60.0  # seconds between looks for what waited for a mail mode that sends
DIGESTS_EVERY = 2.0  # seconds between looks for digests that are due
STOP_SECONDS = 25.0  # how long a window under way may take when the process is told to stop

log = structlog.get_logger(__name__)


class MailSender(DependencyProvider):
    """`sender = MailSender()` on the service class; others find `stores`, `post` and `wake()` on it."""

    mongo = Mongo()

    def __init__(self) -> None:
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._greenlets: list[Any] = []
        self._loops: list[LaneLoop] = []
        self._paused, self._pause_read_at = False, float("-inf")
        self.resting = Resting()

    def setup(self) -> None:
        self.settings: Settings = settings_of(self.container.config)
        self.lease_seconds = float(self.settings.lease_seconds)
        self.post = post(self.settings)
        timeouts = Timeouts(final_dot=float(self.settings.smtp_confirm_seconds))
        self.server = mail_server(self.settings.smtp_url, timeouts)
        relay = next(p for p in self.container.dependencies if isinstance(p, OutboxRelay))
        self.tell_outcomes = partial(relay.wake, "dispatches")
        self.stores: Stores = stores(self.mongo.database, self.mongo.clock, relay.wake)
        self._workshop = Workshop(self.settings, self.stores, self.post, self.wait, self.stopping)
        self.recovery = self._workshop.recovery()
        self.queue = DueQueue(self.stores.ledger, self.stores.clock, self.settings.mail_lanes)

    def start(self) -> None:
        self._loops = [LaneLoop(self) for _ in range(self.settings.mail_lanes)]
        works = {f"lane {number}": loop.run for number, loop in enumerate(self._loops)}
        works |= {
            "lease keeper": self._keep_leases,
            "ledger preparation": self._prepare,
            "digests": self._keep_digests,
        }
        self._greenlets = [self._spawn(work, name) for name, work in works.items()]

    def stop(self) -> None:
        """Finish the windows under way, settle, say goodbye to the mail server."""
        self.kill()
        deadline = time.monotonic() + STOP_SECONDS
        while any(not greenlet.dead for greenlet in self._greenlets) and time.monotonic() < deadline:
            time.sleep(0.02)

    def kill(self) -> None:
        self._stopped.set()
        self._woken.set()

    def get_dependency(self, worker_ctx: Any) -> MailSender:
        return self

    def wake(self) -> None:
        """Something may be due: look now rather than at the next sweep."""
        self.queue.hear()
        self._woken.set()

    def look_up_figures(self) -> None:
        due, oldest = self.stores.ledger.backlog(self.stores.clock.now())
        metrics.DUE.set(due)
        metrics.OLDEST_DUE.set(oldest.total_seconds())

    # What the lanes share ------------------------------------------------------------------------

    def new_lane(self) -> Lane:
        return self._workshop.lane()

    def is_paused(self) -> bool:
        """Whether an operator has paused all sending, as known a second ago."""
        if time.monotonic() - self._pause_read_at > PAUSE_UNNOTICED:
            self._paused = self.stores.control.read()["paused"]
            self._pause_read_at = time.monotonic()
        return self._paused

    def stopping(self) -> bool:
        return self._stopped.is_set()

    def wait(self, seconds: float) -> bool:
        return not self._stopped.wait(seconds)

    def wait_for_work(self) -> None:
        self._woken.wait(SWEEP_EVERY)

    def look_again(self) -> None:
        if not self.stopping():
            self._woken.clear()

    # Beside the lanes ----------------------------------------------------------------------------

    def _spawn(self, work: Callable[[], None], name: str) -> Any:
        return self.container.spawn_managed_thread(work, identifier=name)

    def _prepare(self) -> None:
        """Indexes, as soon as the database answers; then, now and again, what waited for this mail mode."""
        for pause in backoff():
            try:
                self.stores.ensure_indexes()
                break
            except DEPENDENCY_DOWN as error:
                log.warning("indexes_wait", cause=type(error).__name__)
                if not self.wait(pause):
                    return
        while self.settings.mail_mode != "hold":
            self._release_held()
            if not self.wait(RELEASE_EVERY):
                return

    def _release_held(self) -> None:
        try:
            if self.stores.control.release_held(self.stores.clock.now()):
                self.wake()
        except DependencyDown as error:
            log.warning("release_waits", cause=str(error))

    def _keep_digests(self) -> None:
        """Whatever happens to one look, the next one finds the same left to do."""
        keeper = self._workshop.keeper(self.wake)
        while self.wait(DIGESTS_EVERY):
            try:
                while keeper.turn() and not self.stopping():
                    pass
            except DependencyDown as error:
                log.warning("digests_wait", cause=str(error))
            except Exception:
                log.exception("digests_surprised")

    def _keep_leases(self) -> None:
        """Renew what a slow mail server makes last longer than a lease; a frozen process renews nothing."""
        while self.wait(self.lease_seconds / 6):
            for lane in [loop.lane for loop in self._loops if loop.lane]:
                try:
                    lane.renew()
                except DependencyDown as error:
                    log.warning("lease_not_renewed", cause=str(error))
