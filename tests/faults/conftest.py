"""One running system for all fault tests, and the table of what was counted on it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.testing.broker_files import BrokerNotInstalled
from shared.testing.clock import distant_opening
from shared.testing.stack import Stack
from tests.faults.summary import Table
from tests.faults.world import World, open_world

SETTINGS = {
    "LEASE_SECONDS": "5",
    "MAIL_DAILY_CAP": "1000000",
    "LOG_LEVEL": "INFO",
    "REMINDERS_AT": distant_opening(datetime.now(UTC)),
}
SMALL = 512 * 1024 * 1024  # bytes; databases of long runs were seen to take 50 MB
# The cluster, and what takes days, come before the system of all others is started. What the mail server
# puts off waits for up to a minute: it comes next, and the end comes last, but for what needs no system.
ORDER = (
    "test_checker",
    "test_day_checkers",
    "test_broker_cluster",
    "test_days",
    "test_mail_server",
    "test_services",
    "test_database",
    "test_full_disk",
    "test_crash_points",
    "test_broker",
    "test_bad_input",
    "test_reconciler",
    "test_replicas",
    "test_clocks",
    "test_the_end",
    "test_crowd",
)


@dataclass
class Run:
    """What this session has played so far, and what was counted of it."""

    world: World | None = None
    disk_of_its_own: bool = False  # whether the database has one, so that it can be filled
    table: Table = field(default_factory=Table)


RUN = pytest.StashKey[Run]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RUN] = Run()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ours = {id(item): item.path.stem for item in items if item.path.parent.name == "faults"}
    items.sort(key=lambda item: ORDER.index(ours[id(item)]) if id(item) in ours else -1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    table = config.stash[RUN].table
    if table.rows:
        terminalreporter.section("what people were told while everything broke")
        for line in table.lines():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Run:
    return request.config.stash[RUN]


@contextmanager
def small_disk(directory: Path) -> Iterator[bool]:
    """A file system of this directory's own, in memory; False where we may not make one: that takes root."""
    directory.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(directory)]
    made = os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield made
    finally:
        if made:
            subprocess.run(["umount", str(directory)], check=True)


@pytest.fixture(scope="session")
def running(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The system, started once, and people who want to hear of everything in the environment."""
    try:
        stack = Stack(tmp_path_factory.mktemp("faults"), SETTINGS)
    except BrokerNotInstalled as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))  # a laptop without it; CI has failed above
    with small_disk(stack.database.directory) as run.disk_of_its_own, stack:
        run.world = open_world(stack, run.table)
        yield run.world


@pytest.fixture
def world(running: World) -> World:
    """The system with everything in order, whatever the scenario before has left behind."""
    running.mend()
    return running
