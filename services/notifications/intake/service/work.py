"""Threads that do something again and again, woken or by themselves, and wait while a part is down."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from shared.messaging.waiting import backoff
from shared.mongo import DEPENDENCY_DOWN

log = structlog.get_logger(__name__)


class Work:
    """`turn` does what there is to do and says how much it was; `every` is how long to rest after nothing."""

    def __init__(
        self, name: str, turn: Callable[[], int], stopping: threading.Event, every: float = 1.0
    ) -> None:
        self._name, self._turn, self._every = name, turn, every
        self._stopping = stopping
        self._woken = threading.Event()

    def wake(self) -> None:
        """There is something to do now."""
        self._woken.set()

    def run(self) -> None:
        """Until the process stops."""
        pauses = backoff()
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                done = self._turn()
                pauses = backoff()
                if not done:
                    self._woken.wait(self._every)
            except DEPENDENCY_DOWN as error:
                log.warning("work_waits", work=self._name, cause=str(error))
                self._stopping.wait(next(pauses))
            except Exception:  # whatever it is, the next turn goes on
                log.exception("work_surprised", work=self._name)
                self._stopping.wait(5.0)
