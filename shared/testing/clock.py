"""A clock that a test owns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.calendar import BANGKOK

NOON_IN_LAMPHUN = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # Monday 12:00 in Bangkok, a working day


def distant_opening(now: datetime) -> str:
    """REMINDERS_AT for a run that waits for no reminder: an hour that has passed or is long to come. What is
    changed after it is told of on the next working day."""
    return "08:30" if now.astimezone(BANGKOK).hour >= 9 else "15:59"


class FixedClock:
    """Stands still until it is told to move; implements `shared.clock.Clock`."""

    def __init__(self, instant: datetime = NOON_IN_LAMPHUN) -> None:
        self._instant = instant
        self._monotonic = 1_000.0

    def now(self) -> datetime:
        return self._instant

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float = 0.0, **units: float) -> None:
        """Moves both readings forward: `advance(5)`, `advance(days=1, hours=2)`."""
        step = timedelta(seconds=seconds, **units)
        self._instant += step
        self._monotonic += step.total_seconds()

    def set(self, instant: datetime) -> None:
        """Jumps to an instant, as a corrected system clock does: the monotonic reading stays."""
        self._instant = instant
