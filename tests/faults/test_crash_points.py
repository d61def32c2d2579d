"""A crash after every durable step of the road, each exactly there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from shared.testing.stack import Stack
from tests.faults.crashing import relaunch_the_dead, wait_until_up
from tests.faults.scenario import Scenario, judge, play
from tests.faults.test_days import DAYS
from tests.faults.world import World

SERVICES = ("projects", "partners", "notifications")

# place → the services that pass it, and at which passage they crash
POINTS = {
    "projects.stored": (("projects",), 3),
    "relay.published": (SERVICES, 1),
    "relay.recorded": (SERVICES, 1),
    "relay.removed": (SERVICES, 1),
    "consumer.handled": (SERVICES, 2),
    "audience.page_stored": (("partners",), 3),
    "audience.head_stored": (("partners",), 3),
    "dispatch.stored": (("notifications",), 3),
    "dispatch.claimed": (("notifications",), 2),
    "window.recorded": (("notifications",), 4),
    "window.sent": (("notifications",), 4),
    "attempts.stored": (("notifications",), 2),
    "dispatch.settled": (("notifications",), 2),
}


def crash(point: str, services: Sequence[str], passage: int) -> Scenario:
    """Each of these services dies at this place, and is started again without the failpoint."""

    def prepares(stack: Stack) -> None:
        processes = [stack.service(service) for service in services]
        for process in processes:
            process.kill()
            process.launch(f"{point}=crash@{passage}")
        wait_until_up(processes)

    def breaks(stack: Stack) -> None:
        relaunch_the_dead({stack.service(service): () for service in services})

    def heals(stack: Stack) -> None:
        for service in services:
            stack.service(service).wait_until_ready()

    name = f"{services[0] + ' crashes' if len(services) == 1 else 'each service crashes'} after {point}"
    senders = int("notifications" in services)
    return Scenario(name, breaks, heals, 0.0, prepares, after=0, crashes=senders)


SCENARIOS = [crash(point, services, passage) for point, (services, passage) in POINTS.items()]


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_crash_point(world: World, scenario: Scenario) -> None:
    """Whatever the step had made durable is enough to go on from."""
    judge(scenario, play(world, scenario))


def test_every_failpoint_in_the_code_stands_in_the_table() -> None:
    """A new durable step cannot be forgotten here."""
    root = Path(__file__).parents[2]
    sources = [*(root / "services").rglob("*.py"), *(root / "shared").rglob("*.py")]
    named = {
        name for source in sources for name in re.findall(r'\bfailpoint\("([\w.]+)"\)', source.read_text())
    }
    assert named == POINTS.keys() | {
        place.partition("=")[0] for day in DAYS for places in day.failpoints.values() for place in places
    }
