"""Two processes of each service: one goes away in the middle of the load, or was frozen past its lease."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.testing.stack import Stack
from tests.faults.scenario import Scenario, judge, play
from tests.faults.world import World, until

pytestmark = pytest.mark.slow

SERVICES = ("projects", "partners", "notifications")
PAST_A_SENDERS_LEASE = 7.0  # seconds; it lasts five
PAST_A_RELAYS_LEASE = 11.0  # it lasts ten
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


def frozen(service: str, seconds: float) -> Scenario:
    return Scenario(
        f"one of two {service} is frozen for {seconds:.0f} seconds",
        breaks=lambda stack: stack.service(service, SECOND).freeze(),
        heals=lambda stack: stack.service(service, SECOND).thaw(),
        lasts=seconds,
        crashes=int(service == "notifications"),
    )


def frozen_at(service: str, point: str, seconds: float) -> Scenario:
    """The second process stops exactly there, the other takes over when the lease ends, and it goes on."""

    def prepares(stack: Stack) -> None:
        process = stack.service(service, SECOND)
        process.kill()
        process.start(f"{point}=freeze@1:{seconds}")

    def breaks(stack: Stack) -> None:
        pid = stack.service(service, SECOND).pid
        until(lambda: _is_stopped(pid), f"{service} passes {point}")
        until(lambda: not _is_stopped(pid), f"{service} goes on")

    return Scenario(
        f"one of two {service} is frozen past its lease after {point}",
        breaks,
        heals=lambda stack: stack.service(service, SECOND).thaw(),
        lasts=0.0,
        prepares=prepares,
        after=0,
        crashes=int(service == "notifications"),
    )


def _is_stopped(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "T"


SCENARIOS = (
    *(killed(service) for service in SERVICES),
    frozen("projects", 2.0),
    frozen("partners", 2.0),
    frozen("notifications", PAST_A_SENDERS_LEASE),
    frozen_at("notifications", "dispatch.claimed", PAST_A_SENDERS_LEASE),
    frozen_at("notifications", "window.recorded", PAST_A_SENDERS_LEASE),
    frozen_at("notifications", "window.sent", PAST_A_SENDERS_LEASE),
    frozen_at("partners", "relay.published", PAST_A_RELAYS_LEASE),
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_two_replicas(pair: World, scenario: Scenario) -> None:
    """The other one goes on; what the first had under way is told, and told once."""
    judge(scenario, play(pair, scenario))
