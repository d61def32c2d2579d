"""The real broker, database and mail server that tests run against, each started once a session."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from pymongo.database import Database as MongoDatabase

from shared.testing.broker import Broker
from shared.testing.broker_files import BrokerNotInstalled
from shared.testing.clock import FixedClock
from shared.testing.database import Database
from shared.testing.mailbox import Mailbox

hypothesis.settings.register_profile("unhurried", deadline=None)  # no test fails for the machine's speed
hypothesis.settings.load_profile("unhurried")


@pytest.fixture
def clock() -> FixedClock:
    """Monday 23 November 2026, 12:00 in Bangkok, until the test moves it."""
    return FixedClock()


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this session's servers keep their files."""
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def broker(run_dir: Path) -> Iterator[Broker]:
    """RabbitMQ with the product's exchanges, queues and users; `broker.uri()` may do everything."""
    try:
        broker = Broker(run_dir)
    except BrokerNotInstalled as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))  # a laptop without it; CI has failed above
    broker.start()
    yield broker
    broker.discard()


@pytest.fixture
def empty_broker(broker: Broker) -> Broker:
    """The session's broker with every queue empty."""
    broker.purge()
    return broker


@pytest.fixture(scope="session")
def database_server(run_dir: Path) -> Iterator[Database]:
    """A MongoDB-compatible server."""
    server = Database(run_dir, durable=False)
    server.start()
    yield server
    server.discard()


@pytest.fixture
def database_uri(database_server: Database) -> str:
    """The connection string of a database that no other test has."""
    return database_server.uri(f"test_{uuid.uuid4().hex}")


@pytest.fixture
def database(database_server: Database, database_uri: str) -> Iterator[MongoDatabase]:
    """The empty pymongo database behind `database_uri`."""
    with database_server.client() as client:
        name = database_uri.rpartition("/")[2].partition("?")[0]
        yield client[name]
        client.drop_database(name)


@pytest.fixture(scope="session")
def mailbox_server(run_dir: Path) -> Iterator[Mailbox]:
    """The mail server that `mailbox` hands out."""
    mailbox = Mailbox(run_dir)
    mailbox.start()
    yield mailbox
    mailbox.discard()


@pytest.fixture
def mailbox(mailbox_server: Mailbox) -> Mailbox:
    """A mail server without messages that behaves."""
    mailbox_server.behave()
    mailbox_server.clear()
    return mailbox_server
