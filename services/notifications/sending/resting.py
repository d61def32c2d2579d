"""When the mail server is in trouble the whole process rests, longer each time it finds it so."""

from __future__ import annotations

import random
import time

import structlog

from services.notifications import metrics
from services.notifications.domain.backoff import pause_after

log = structlog.get_logger(__name__)


class Resting:
    """Shared by the lanes. Rest stops the clock of deliveries: nothing is counted against them."""

    def __init__(self) -> None:
        self._troubles = 0
        self._until = float("-inf")

    def note_trouble(self, cause: str, worked_before: bool) -> None:
        """A connection that worked and then broke is replaced at once; anything else calls for rest."""
        metrics.TROUBLES.inc()
        self._troubles = 1 if worked_before else self._troubles + 1
        pause = 0.0 if worked_before else pause_after(self._troubles, random.random())
        self._until = time.monotonic() + pause
        log.warning("mail_server_in_trouble", cause=cause, seconds=round(pause, 1))

    def note_success(self) -> None:
        self._troubles = 0

    def seconds_left(self) -> float:
        """How long to rest still; 0: not at all."""
        left = max(0.0, self._until - time.monotonic())
        metrics.RESTING.set(left)
        return left
