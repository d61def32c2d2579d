"""One at a time for each aggregate within this process.

Only saves work: versions keep every change right, also between processes. Without turns, eight reports
on one project would load and decide eight times each, and seven of eight would be for nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock for each id that somebody is working on, and none for the others."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def turn(self, aggregate_id: str) -> Iterator[bool]:
        """Ours until the end of the block; True if somebody else was at work when we came."""
        with self._guard:
            lock, others = self._waiting.get(aggregate_id, (threading.Lock(), 0))
            self._waiting[aggregate_id] = lock, others + 1
        try:
            with lock:
                yield others > 0
        finally:
            with self._guard:
                lock, users = self._waiting[aggregate_id]
                if users == 1:
                    del self._waiting[aggregate_id]
                else:
                    self._waiting[aggregate_id] = lock, users - 1
