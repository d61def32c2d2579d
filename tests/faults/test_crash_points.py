"""A crash after every durable step of the road, each exactly there."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from shared.testing.service import ServiceProcess
from shared.testing.stack import Stack
from tests.faults.scenario import Scenario, judge, play
from tests.faults.world import World, until

SERVICES = ("projects", "partners", "notifications")

# place → the services that pass it, and at which passage they crash
POINTS = {
    "projects.stored": (("projects",), 3),
    "relay.published": (SERVICES, 2),
    "relay.recorded": (SERVICES, 2),
    "relay.removed": (SERVICES, 2),
    "consumer.handled": (SERVICES, 4),
    "audience.page_stored": (("partners",), 3),
    "audience.head_stored": (("partners",), 3),
    "dispatch.stored": (("notifications",), 3),
    "dispatch.claimed": (("notifications",), 2),
    "window.recorded": (("notifications",), 4),
    "window.sent": (("notifications",), 4),
    "attempts.stored": (("notifications",), 2),
    "dispatch.settled": (("notifications",), 2),
}


def crash(service: str, point: str, passage: int) -> Scenario:
    """The service dies at this place, and is started again without the failpoint."""

    def prepares(stack: Stack) -> None:
        process = stack.service(service)
        process.kill()
        process.start(f"{point}=crash@{passage}")

    def breaks(stack: Stack) -> None:
        process = stack.service(service)
        until(lambda: not process.running, f"{service} passes {point}")
        assert process.exit_code == -signal.SIGKILL

    def heals(stack: Stack) -> None:
        _restart(stack.service(service))

    name = f"{service} crashes after {point}"
    senders = int(service == "notifications")
    return Scenario(name, breaks, heals, 0.0, prepares, after=0, crashes=senders)


def _restart(process: ServiceProcess) -> None:
    process.kill()  # where it did not crash, the next scenario must not have its failpoint
    process.start()


SCENARIOS = [
    crash(service, point, passage) for point, (services, passage) in POINTS.items() for service in services
]


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
    assert named == set(POINTS)
