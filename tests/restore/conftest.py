"""A whole system of its own, since its databases are destroyed and restored."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from shared.testing.broker_files import BrokerNotInstalled
from shared.testing.stack import Stack
from tests.faults.summary import Table
from tests.faults.world import World, open_world

SETTINGS = {"LEASE_SECONDS": "5", "MAIL_DAILY_CAP": "1000000"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Broker, database, mailbox and the three services as processes, and people who want to hear."""
    try:
        stack = Stack(tmp_path_factory.mktemp("restore"), SETTINGS, durable=False)
    except BrokerNotInstalled as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    with stack:
        yield open_world(stack, Table())
