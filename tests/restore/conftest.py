"""One system for these tests, since its databases are destroyed and restored; each file is a story."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from shared.testing.broker_files import BrokerNotInstalled
from shared.testing.stack import Stack
from tests.restore import old_dump

SETTINGS = {"LEASE_SECONDS": "5", "MAIL_DAILY_CAP": "1000000"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Broker, database, mailbox and the three services as processes, under the old dump's key."""
    run_dir = tmp_path_factory.mktemp("restore")
    (run_dir / "secret.key").write_text(old_dump.SECRET)
    try:
        stack = Stack(run_dir, SETTINGS, durable=False)
    except BrokerNotInstalled as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))  # a laptop without it; CI has failed above
    with stack:
        yield stack
