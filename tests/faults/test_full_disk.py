"""The database's disk is full in the middle of the load, until somebody makes room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest
from pymongo.errors import PyMongoError

from shared.testing.broker_files import BrokerNotInstalled
from shared.testing.stack import Stack
from tests.faults.conftest import SETTINGS, Run
from tests.faults.scenario import Scenario, judge, play
from tests.faults.world import World, open_world, until

pytestmark = pytest.mark.slow

SIZE = 192 * 1024 * 1024  # bytes; a new database takes 11 MiB of it
LEFT = 256 * 1024


@pytest.fixture
def on_a_small_disk(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A system whose database has a disk of its own, which takes root to make."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount the small disk that this fills")
    try:
        stack = Stack(tmp_path_factory.mktemp("disk"), SETTINGS)
    except BrokerNotInstalled as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    disk = stack.database.directory
    disk.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk)], check=True)
    try:
        with stack:
            yield open_world(stack, run.table)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill_disk(stack: Stack) -> None:
    """Until the database takes no writes."""
    usage = os.statvfs(stack.database.directory)
    with (stack.database.directory / "ballast").open("wb") as file:
        for _ in range((usage.f_bavail * usage.f_frsize - LEFT) // 4096):
            file.write(b"\0" * 4096)
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
def test_a_full_disk(on_a_small_disk: World) -> None:
    """What was answered with success is kept and told; what was not is reported again, by the same key."""
    world = on_a_small_disk
    scenario = Scenario(
        "the database's disk is full for a while", breaks=fill_disk, heals=make_room, lasts=3.0, crashes=1
    )
    judge(scenario, play(world, scenario))
    ended = [process for process in world.stack.processes() if process.log().count('"started"') > 1]
    assert all("is its disk full" in process.log() for process in ended)
