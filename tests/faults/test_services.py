"""Each service killed, frozen and stopped in the middle of the load."""

from __future__ import annotations

import pytest

from tests.faults.scenario import Scenario, judge, play
from tests.faults.world import World

pytestmark = pytest.mark.slow

SERVICES = ("projects", "partners", "notifications")


def scenarios(service: str) -> list[Scenario]:
    senders = int(service == "notifications")
    return [
        Scenario(
            f"{service} is killed with -9 and started again",
            breaks=lambda stack: stack.service(service).kill(),
            heals=lambda stack: stack.service(service).start(),
            crashes=senders,
        ),
        Scenario(
            f"{service} is frozen for a while",
            breaks=lambda stack: stack.service(service).freeze(),
            heals=lambda stack: stack.service(service).thaw(),
            lasts=2.0,
        ),
        Scenario(
            f"{service} is told to stop and started again",
            breaks=lambda stack: stack.service(service).stop(),
            heals=lambda stack: stack.service(service).start(),
            lasts=0.5,
        ),
    ]


@pytest.mark.parametrize("scenario", [s for name in SERVICES for s in scenarios(name)], ids=str)
def test_a_service(world: World, scenario: Scenario) -> None:
    """Nobody is missed or told twice, whichever service goes away and however."""
    judge(scenario, play(world, scenario))
