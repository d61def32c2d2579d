"""Pauses between attempts."""

from __future__ import annotations

from itertools import islice

from shared.messaging.waiting import backoff


def test_pauses_double_up_to_the_longest() -> None:
    """Quick at first, never far apart."""
    assert list(islice(backoff(0.1, 1.0), 6)) == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
