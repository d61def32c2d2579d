"""The database killed, restarted and frozen in the middle of the load."""

from __future__ import annotations

import pytest

from tests.faults.scenario import Scenario, judge, play
from tests.faults.world import World

pytestmark = pytest.mark.slow

# A lane whose lease ends while it cannot store what was sent is taken for dead: its window is in doubt.
SCENARIOS = (
    Scenario(
        "the database is killed with -9 and started again",
        breaks=lambda stack: stack.database.kill(),
        heals=lambda stack: stack.database.start(),
        crashes=1,
    ),
    Scenario(
        "the database is restarted in order",
        breaks=lambda stack: stack.database.restart(),
        lasts=0.0,
        crashes=1,
    ),
    Scenario(
        "the database is frozen for a while",
        breaks=lambda stack: stack.database.freeze(),
        heals=lambda stack: stack.database.thaw(),
        lasts=2.0,
        crashes=1,
    ),
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_database(world: World, scenario: Scenario) -> None:
    """What was answered is kept, and everybody is told once when the database is back."""
    judge(scenario, play(world, scenario))
