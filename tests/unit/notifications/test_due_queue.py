"""The queue of what is due: one look at the database serves all lanes of a process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from services.notifications.application.ports import Due
from services.notifications.sending.due import SWEPT_AGAIN_AFTER, SWEPT_AT_ONCE, DueQueue
from shared.testing.clock import FixedClock

LANES = 4


class Ledger:
    """Counts the sweeps; `meanwhile` happens during each."""

    def __init__(self) -> None:
        self.holds: list[Due] = []
        self.sweeps = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def due(self, now: datetime, limit: int) -> list[Due]:
        self.sweeps += 1
        found, self.holds = self.holds[:limit], self.holds[limit:]
        self.meanwhile()
        return found


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def queue(ledger: Ledger, clock: FixedClock) -> DueQueue:
    return DueQueue(ledger, clock, LANES)


def some(count: int) -> list[Due]:
    return [Due(f"dispatch-{number}", 1, None) for number in range(count)]


def taken_by_all(queue: DueQueue) -> list[Due]:
    return [each for _ in range(LANES) for each in queue.take(lambda: 8)]


def test_one_look_serves_all_lanes_that_were_woken(queue: DueQueue, ledger: Ledger) -> None:
    """Given one dispatch, when four lanes ask, then one gets it and the database was asked once."""
    ledger.holds = some(1)
    queue.hear()
    assert taken_by_all(queue) == some(1)
    assert ledger.sweeps == 1


def test_what_is_heard_of_is_looked_for_at_once(queue: DueQueue, ledger: Ledger) -> None:
    """Given a queue found empty, when something is said to be due, then the next lane finds it."""
    assert taken_by_all(queue) == []
    ledger.holds = some(1)
    queue.hear()
    assert taken_by_all(queue) == some(1)


def test_what_is_heard_of_during_a_look_is_looked_for_again(queue: DueQueue, ledger: Ledger) -> None:
    """Given a look under way, when something falls due that it may have missed, then it is not waited for."""
    ledger.meanwhile = queue.hear
    queue.take(lambda: 8)
    ledger.meanwhile = lambda: None
    ledger.holds = some(1)
    assert taken_by_all(queue) == some(1)


def test_what_falls_due_by_time_is_found_though_nobody_says_so(
    queue: DueQueue, ledger: Ledger, clock: FixedClock
) -> None:
    """Given a queue found empty, when time passes, then it is looked at again."""
    assert taken_by_all(queue) == []
    ledger.holds = some(1)
    assert taken_by_all(queue) == []
    clock.advance(SWEPT_AGAIN_AFTER + 0.1)
    assert taken_by_all(queue) == some(1)


def test_a_look_that_did_not_find_all_is_followed_by_another(queue: DueQueue, ledger: Ledger) -> None:
    """Given more than one look fetches, when lanes go on asking, then everything is handed out once."""
    ledger.holds = some(SWEPT_AT_ONCE + 5)
    handed_out: list[Due] = []
    while part := queue.take(lambda: 8):
        handed_out += part
    assert handed_out == some(SWEPT_AT_ONCE + 5)
    assert ledger.sweeps == 2
