"""The broker killed, frozen, restarted and short of memory in the middle of the load."""

from __future__ import annotations

import pytest

from tests.faults.scenario import Scenario, judge, play
from tests.faults.world import World

pytestmark = pytest.mark.slow

SCENARIOS = (
    Scenario(
        "the broker is killed with -9 and started again",
        breaks=lambda stack: stack.broker.kill(),
        heals=lambda stack: stack.broker.start(),
    ),
    Scenario(
        "the broker is frozen for a while",
        breaks=lambda stack: stack.broker.freeze(),
        heals=lambda stack: stack.broker.thaw(),
        lasts=3.0,
    ),
    Scenario("the broker is restarted in order", breaks=lambda stack: stack.broker.restart(), lasts=0.0),
    Scenario(
        "the broker is short of memory for a while",
        breaks=lambda stack: stack.broker.memory_alarm(True),
        heals=lambda stack: stack.broker.memory_alarm(False),
        lasts=2.0,
    ),
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_broker(world: World, scenario: Scenario) -> None:
    """Reports are answered all the while, and everybody is told once when the broker is back."""
    judge(scenario, play(world, scenario))
