"""The projects service as a real process over a real broker and database, once for this folder."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import amqp
import pytest

from shared.auth import issue_token
from shared.testing.broker import Broker
from shared.testing.database import Database
from shared.testing.service import ServiceProcess
from tests.integration.projects.api import Api, Projects, Stored

SECRET = "only-for-tests-0123456789-0123456789"
DATABASE = "projects_tests"
HOLD_SECONDS = 60
Signed = Callable[..., Api]


@pytest.fixture(scope="package")
def projects_process(broker: Broker, database_server: Database, run_dir: Path) -> Iterator[ServiceProcess]:
    """`python -m services.projects`; a test that stops it starts it again."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "AMQP_URI": broker.uri("projects"),
        "MONGO_URI": database_server.uri(DATABASE),
        "PRASAN_SECRET_KEY": SECRET,
        "HOLD_SECONDS": str(HOLD_SECONDS),
    }
    process = ServiceProcess("projects", environment, run_dir)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def stored(database_server: Database) -> Iterator[Stored]:
    """The service's own database, to look into."""
    with database_server.client() as client:
        yield Stored(client[DATABASE])


@pytest.fixture
def signed(projects_process: ServiceProcess) -> Iterator[Signed]:
    """`signed("phimchai", "coordinator")` speaks to the service as that caller."""
    made: list[Api] = []

    def sign(subject: str, *roles: str) -> Api:
        now = datetime.now(UTC)
        token = issue_token(SECRET, subject, roles, timedelta(hours=1), now, uuid.uuid4().hex)
        made.append(Api(projects_process.url, subject, token))
        return made[-1]

    yield sign
    for api in made:
        api.close()


@pytest.fixture
def phimchai(signed: Signed) -> Projects:
    """A coordinator with projects of her own."""
    return Projects(signed("phimchai", "coordinator"))


@pytest.fixture
def operator(signed: Signed) -> Api:
    return signed("operator-1", "operator")


@pytest.fixture
def published(broker: Broker, projects_process: ServiceProcess) -> Iterator[Callable[[], list[bytes]]]:
    """What the service publishes from now on, as message bodies; a queue of the test's own."""
    with broker.connection() as connection:
        yield _listening(connection.channel())


def _listening(channel: amqp.Channel) -> Callable[[], list[bytes]]:
    queue = channel.queue_declare(exclusive=True, auto_delete=True).queue
    channel.queue_bind(queue, "projects.events", "#")

    def bodies() -> list[bytes]:
        found: list[bytes] = []
        while (message := channel.basic_get(queue, no_ack=True)) is not None:
            found.append(message.body if isinstance(message.body, bytes) else message.body.encode())
        return found

    return bodies


@pytest.fixture
def tell(broker: Broker) -> Iterator[Callable[[str, str, bytes], None]]:
    """`tell(exchange, routing_key, body)` publishes as anybody could."""
    with broker.connection() as connection:
        channel = connection.channel()

        def publish(exchange: str, routing_key: str, body: bytes) -> None:
            channel.basic_publish_confirm(amqp.Message(body, delivery_mode=2), exchange, routing_key)

        yield publish
