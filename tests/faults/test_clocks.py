"""Machines whose clocks are five minutes apart, and a sender that dies on one of them."""

from __future__ import annotations

import json
import sys

import pytest

from shared.testing.stack import Stack
from tests.faults.scenario import Scenario, judge, play
from tests.faults.world import World

pytestmark = pytest.mark.slow

# seconds; a second process of the same service stands on a machine that is as far on the other side
AHEAD = {"projects": 300, "partners": -300, "notifications": 300}


def shift(stack: Stack) -> None:
    """Every process starts again, each on a machine with a wrong clock."""
    if len(stack.services["notifications"]) == 1:
        stack.add_replica("notifications")
    for process in stack.processes():
        seconds = AHEAD[process.service] * (-1 if process.replica else 1)
        process.stop()
        process.command = [sys.executable, "-m", "tests.faults.shifted", str(seconds)]
        process.command.append(f"services.{process.service}")
        process.launch()
    for process in stack.processes():
        process.wait_until_ready()


def set_right(stack: Stack) -> None:
    for process in stack.processes():
        process.stop()
        process.command = [sys.executable, "-m", f"services.{process.service}"]
        process.launch()
    for process in stack.processes():
        process.wait_until_ready()


@pytest.mark.timeout(180)
def test_clocks_five_minutes_apart(world: World) -> None:
    """Leases and times that are compared are the database's: nobody takes a living sender's work away, a dead
    one's is taken over in time, and each process says once that its clock is wrong."""
    scenario = Scenario(
        "clocks are five minutes apart, and one of two notifications is killed with -9",
        prepares=shift,
        breaks=lambda stack: stack.service("notifications").kill(),
        heals=lambda stack: stack.service("notifications").start(),
        crashes=1,
    )
    try:
        judge(scenario, play(world, scenario))
        for process in world.stack.processes():
            said = [json.loads(line) for line in process.log().splitlines() if '"clock_differs"' in line]
            assert said, process.name
            assert abs(abs(said[-1]["ahead_of_database_seconds"]) - 300) < 5
    finally:
        set_right(world.stack)
