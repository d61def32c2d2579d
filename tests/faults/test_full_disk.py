"""The database's disk is full in the middle of the load, until somebody makes room."""

from __future__ import annotations

import os

import pytest
from pymongo.errors import PyMongoError

from shared.testing.stack import Stack
from tests.faults.conftest import Run
from tests.faults.scenario import Scenario, judge, play
from tests.faults.world import World, until

pytestmark = pytest.mark.slow

LEFT = 256 * 1024  # bytes
BLOCK = b"\0" * 4096


def fill_disk(stack: Stack) -> None:
    """Until the database takes no writes."""
    usage = os.statvfs(stack.database.directory)
    with (stack.database.directory / "ballast").open("wb") as file:
        for _ in range((usage.f_bavail * usage.f_frsize - LEFT) // len(BLOCK)):
            file.write(BLOCK)
    until(lambda: refuses_writes(stack), "the database takes no writes")


def refuses_writes(stack: Stack) -> bool:
    try:
        with stack.database.client() as client:
            client["elsewhere"]["fill"].insert_one({"text": os.urandom(4096).hex()})
    except PyMongoError:
        return True
    return False


def make_room(stack: Stack) -> None:
    """What has ended meanwhile is started again, as compose does: the server, and who got only errors."""
    (stack.database.directory / "ballast").unlink()
    stack.database.restart()
    for process in stack.processes():
        if not process.running:
            process.start()


@pytest.mark.timeout(180)
def test_a_full_disk(world: World, run: Run) -> None:
    """What was answered with success is kept and told; what was not is reported again, by the same key; who
    ends says why."""
    if not run.disk_of_its_own:
        if os.environ.get("CI") == "true" and os.geteuid() == 0:
            pytest.fail("root may not mount a file system here: the disk cannot be filled")
        pytest.skip("only root may mount the small disk that this fills")
    began = {process.name: len(process.log()) for process in world.stack.processes()}
    scenario = Scenario(
        "the database's disk is full for a while", breaks=fill_disk, heals=make_room, lasts=3.0, crashes=1
    )
    judge(scenario, play(world, scenario))
    for process in world.stack.processes():
        said = process.log()[began[process.name] :]
        assert "is its disk full" in said or '"started"' not in said, process.name
