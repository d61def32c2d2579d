"""Two processes of each service: one goes away in the middle of the load, or was frozen past its lease."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.testing.stack import Stack
from tests.faults.scenario import Action, Scenario, judge, play
from tests.faults.world import World, until

pytestmark = pytest.mark.slow

SERVICES = ("projects", "partners", "notifications")
PAST_THE_LEASE = 8.0  # seconds; a lease lasts five
SECOND = 1  # the replica that is hurt; REST goes to both


@pytest.fixture
def pair(world: World) -> World:
    """The same system with a second process of each service."""
    for service in SERVICES:
        if len(world.stack.services[service]) == 1:
            world.stack.add_replica(service)
    return world


def killed(service: str) -> Scenario:
    return Scenario(
        f"one of two {service} is killed with -9",
        breaks=lambda stack: stack.service(service, SECOND).kill(),
        heals=lambda stack: stack.service(service, SECOND).start(),
        crashes=int(service == "notifications"),
    )


def frozen(service: str) -> Scenario:
    return Scenario(
        f"one of two {service} is frozen past its lease",
        breaks=lambda stack: stack.service(service, SECOND).freeze(),
        heals=lambda stack: stack.service(service, SECOND).thaw(),
        lasts=PAST_THE_LEASE,
        crashes=int(service == "notifications"),
    )


def frozen_at(point: str, passage: int) -> Scenario:
    """A sender stops exactly there, the other takes over when the lease ends, and it goes on."""
    return Scenario(
        f"one of two notifications is frozen past its lease after {point}",
        breaks=_until_it_goes_on,
        heals=_second_without_failpoint,
        lasts=0.0,
        prepares=_second_with(f"{point}=freeze@{passage}:{PAST_THE_LEASE}"),
        after=0,
        crashes=1,
    )


def _second_with(failpoints: str) -> Action:
    def prepares(stack: Stack) -> None:
        process = stack.service("notifications", SECOND)
        process.kill()
        process.start(failpoints)

    return prepares


def _until_it_goes_on(stack: Stack) -> None:
    pid = stack.service("notifications", SECOND).pid
    until(lambda: _is_stopped(pid), "it passes the failpoint")
    until(lambda: not _is_stopped(pid), "it goes on")


def _second_without_failpoint(stack: Stack) -> None:
    stack.service("notifications", SECOND).restart()


def _is_stopped(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "T"


SCENARIOS = (
    *(killed(service) for service in SERVICES),
    *(frozen(service) for service in SERVICES),
    frozen_at("dispatch.claimed", 1),
    frozen_at("window.recorded", 1),
    frozen_at("window.sent", 1),
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_two_replicas(pair: World, scenario: Scenario) -> None:
    """The other one goes on; what the first had under way is told, and told once."""
    judge(scenario, play(pair, scenario))
