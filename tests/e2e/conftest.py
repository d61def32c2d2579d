"""The whole of Prasan, started once for all end-to-end tests; each test brings its own project and people."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from prasan.demo.province import Province
from shared.testing.broker_files import BrokerNotInstalled
from shared.testing.clock import distant_opening
from shared.testing.stack import Stack
from tests.e2e.world import World

SETTINGS = {
    "LEASE_SECONDS": "5",
    "HOLD_SECONDS": "0",
    "REMINDERS_AT": distant_opening(datetime.now(UTC)),
}


def stack_in(directory: Path, **settings: str) -> Stack:
    """A stack that is not started yet; the test is skipped where there is no RabbitMQ, but not in CI."""
    try:
        return Stack(directory, {**SETTINGS, **settings}, durable=False)
    except BrokerNotInstalled as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))  # a laptop without it; CI has failed above


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """Broker, database, mailbox and three services as processes, with nothing in them."""
    with stack_in(tmp_path_factory.mktemp("stack")) as stack:
        yield Province(stack)


@pytest.fixture
def world(province: Province) -> World:
    """A small world that no other test touches."""
    return World(province)
