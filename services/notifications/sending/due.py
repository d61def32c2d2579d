"""What is due, fetched in sweeps and shared among the lanes of a process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from eventlet.semaphore import Semaphore

from services.notifications.application.ports import Due
from services.notifications.storage.ledger import MongoLedger
from shared.clock import Clock

SWEPT_AT_ONCE = 100  # dispatches: a sweep costs as much as what is due, so it fetches for several claims
MOST_CLAIMED = 8  # dispatches
SWEPT_AGAIN_AFTER = 0.5  # seconds, though nothing was heard of meanwhile: dispatches also fall due by time


class DueQueue:
    """Each due dispatch is handed to one lane; whether it is still to be had, its claim finds out."""

    def __init__(self, ledger: MongoLedger, clock: Clock, lanes: int) -> None:
        self._ledger = ledger
        self._clock = clock
        self._lanes = lanes
        self._waiting: deque[Due] = deque()
        self._sweeping = Semaphore()
        self._heard = 0  # how often something was said to be due
        self._swept_for, self._swept_at = -1, float("-inf")  # the last sweep that found all that was due

    def hear(self) -> None:
        """Something may be due."""
        self._heard += 1

    def take(self, most: Callable[[], int]) -> list[Due]:
        """A fair share of what is due, at most as many as `most` says; none if there is none."""
        if self._should_sweep():
            with self._sweeping:  # one sweep at a time, for all lanes
                if self._should_sweep():
                    self._sweep()
        share = -(-len(self._waiting) // self._lanes)
        return [self._waiting.popleft() for _ in range(min(share, most()))]

    def _should_sweep(self) -> bool:
        if self._waiting:
            return False
        return self._swept_for != self._heard or self._clock.monotonic() - self._swept_at > SWEPT_AGAIN_AFTER

    def _sweep(self) -> None:
        heard, began = self._heard, self._clock.monotonic()
        found = self._ledger.due(self._clock.now(), SWEPT_AT_ONCE)
        if len(found) < SWEPT_AT_ONCE:
            self._swept_for, self._swept_at = heard, began
        self._waiting.extend(found)


class ClaimSize:
    """How many dispatches a lane claims at once: few enough to be through long before the lease ends."""

    def __init__(self, lease_seconds: float) -> None:
        self._budget = lease_seconds / 4
        self._seconds_each = self._budget / 2  # until it is known: two

    def __call__(self) -> int:
        return max(1, min(MOST_CLAIMED, int(self._budget / max(self._seconds_each, 0.001))))

    def learn(self, dispatches: int, seconds: float) -> None:
        """A claim of so many dispatches took so long."""
        if dispatches:
            self._seconds_each = seconds / dispatches
