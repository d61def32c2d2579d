"""Two running systems for all fault tests, and the table of what was counted on them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from shared.testing.broker_files import BrokerNotInstalled
from shared.testing.stack import Stack
from tests.faults.world import World, open_world

SETTINGS = {"LEASE_SECONDS": "5", "MAIL_DAILY_CAP": "1000000", "LOG_LEVEL": "INFO"}


def start(tmp_path_factory: pytest.TempPathFactory, name: str, **options: int) -> Stack:
    try:
        return Stack(tmp_path_factory.mktemp(name), SETTINGS, **options)
    except BrokerNotInstalled as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One process of each service, and people who want to hear of everything in the environment."""
    with start(tmp_path_factory, "single") as stack:
        yield open_world(stack)
