"""Which tokens no longer count, read from the service's own database at most every few seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from shared.auth import Caller
from shared.clock import Clock
from shared.errors import Unauthorised

FRESH_SECONDS = 5.0


class RevocationList:
    """The revoked token ids, cached; `load` reads them all, and raises if it cannot."""

    def __init__(self, load: Callable[[], Iterable[str]], clock: Clock) -> None:
        self._load = load
        self._clock = clock
        self._revoked: frozenset[str] | None = None
        self._loaded_at = 0.0

    def check(self, caller: Caller) -> None:
        """Raises Unauthorised for a revoked token."""
        if caller.token_id in self._current():
            raise Unauthorised("token-revoked")

    def forget(self) -> None:
        """Read again at the next check."""
        self._revoked = None

    def _current(self) -> frozenset[str]:
        now = self._clock.monotonic()
        if self._revoked is None or now - self._loaded_at > FRESH_SECONDS:
            self._revoked = frozenset(self._load())
            self._loaded_at = now
        return self._revoked
