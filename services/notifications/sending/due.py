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


class DueQueue:
    """Each due dispatch is handed to one lane; whether it is still to be had, its claim finds out."""

    def __init__(self, ledger: MongoLedger, clock: Clock, lanes: int) -> None:
        self._ledger = ledger
        self._clock = clock
        self._lanes = lanes
        self._waiting: deque[Due] = deque()
        self._sweeping = Semaphore()

    def take(self, most: Callable[[], int]) -> list[Due]:
        """A fair share of what is due, at most as many as `most` says; none if there is none."""
        if not self._waiting:
            with self._sweeping:  # one sweep at a time
                if not self._waiting:
                    self._waiting.extend(self._ledger.due(self._clock.now(), SWEPT_AT_ONCE))
        share = -(-len(self._waiting) // self._lanes)
        return [self._waiting.popleft() for _ in range(min(share, most()))]


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
