"""How long to wait before trying again."""

from __future__ import annotations

from collections.abc import Iterator


def backoff(first: float = 0.1, most: float = 5.0) -> Iterator[float]:
    """Pauses in seconds, each twice as long as the one before, up to `most`, without end."""
    pause = first
    while True:
        yield pause
        pause = min(pause * 2, most)
