"""The whole of Prasan, started once for all end-to-end tests, with Lamphun loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from prasan.demo.province import Province, until
from prasan.demo.scenes import queues_are_empty
from prasan.seed.loading import load
from shared.testing.broker_files import BrokerNotInstalled
from shared.testing.stack import Stack


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """Broker, database, mailbox and three services as processes, with the seed and nothing under way."""
    try:
        stack = Stack(
            tmp_path_factory.mktemp("stack"), {"LEASE_SECONDS": "5", "HOLD_SECONDS": "0"}, durable=False
        )
    except BrokerNotInstalled as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    with stack:
        loaded = Province(stack)
        loaded.loaded = load(loaded.seed, loaded.as_)
        until(lambda: queues_are_empty(loaded), 30)
        yield loaded


@pytest.fixture
def logs(province: Province) -> Path:
    """Where the services write."""
    return province.stack.run_dir / "services"
