"""The database client: durable, bounded in every wait, and a clock that replicas share."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database as MongoDatabase

from shared.errors import DependencyDown
from shared.mongo import DatabaseClock, connect, database_errors
from shared.testing.database import Database
from shared.testing.process import Child

ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "ignore"}


def test_writes_are_durable_and_times_have_a_zone(database_uri: str) -> None:
    """Majority and journal, whatever the URI forgot."""
    with connect(database_uri) as client:
        assert client.write_concern.document == {"w": "majority", "j": True}
        collection = client.get_default_database()["d"]
        collection.insert_one({"_id": 1, "at": datetime(2026, 11, 23, tzinfo=UTC)})
        stored = collection.find_one()
    assert stored == {"_id": 1, "at": datetime(2026, 11, 23, tzinfo=UTC)}


def test_a_setting_in_the_uri_wins() -> None:
    """An operator can lengthen a timeout."""
    with connect("mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=77") as client:
        assert client.options.server_selection_timeout == 0.077
        assert client.options.pool_options.socket_timeout == 20


def test_a_server_that_is_not_there_is_a_dependency_that_is_down() -> None:
    """Soon, and by that name."""
    with (
        connect("mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=50") as client,
        pytest.raises(DependencyDown, match="database"),
        database_errors(),
    ):
        client.get_default_database()["d"].find_one()


@pytest.fixture
def in_bangkok(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose local time is seven hours ahead."""
    monkeypatch.setenv("TZ", "Asia/Bangkok")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_bangkok")
def test_the_clock_is_the_servers_wherever_the_machine_stands(database: MongoDatabase[Any]) -> None:
    """It agrees with the server, in UTC, and only goes forward."""
    clock = DatabaseClock(database.client)
    first = clock.now()
    assert abs((first - datetime.now(UTC)).total_seconds()) < 1
    time.sleep(0.02)
    assert clock.now() > first
    assert clock.now().tzinfo is UTC


def test_a_frozen_or_dead_server_stalls_no_other_greenlet(tmp_path: Path) -> None:
    """pymongo under eventlet, which its authors no longer test: the loop goes on while the server does not,
    and work goes on when the server does."""
    server = Database(tmp_path)
    server.start()
    log = tmp_path / "ticker.log"
    uri = f"{server.uri('ticks')}&socketTimeoutMS=500&serverSelectionTimeoutMS=500&connectTimeoutMS=500"
    ticker = Child(
        "ticker", [sys.executable, "-m", "tests.integration.messaging.ticker", uri], ENVIRONMENT, log
    )
    try:
        ticker.start()
        ticker.wait_until(lambda: "started" in ticker.log_tail(), 15)
        server.freeze()
        time.sleep(1)
        server.thaw()
        server.kill()
        server.restart()
        assert ticker.wait(20)
    finally:
        ticker.kill()
        server.discard()
    said = dict(re.findall(r"(\w+)=(\w+)", ticker.log_tail()))
    assert int(said["stall"]) < 400, "a blocking call stops every greenlet of the process"
    assert int(said["down"]) > 0
    assert said["after"] == "written"
