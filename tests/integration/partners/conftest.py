"""partners over a real database, and as a real process over the real broker as well."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import amqp
import pytest
from pymongo.database import Database

from shared.auth import issue_token
from shared.testing.broker import Broker
from shared.testing.clock import FixedClock
from shared.testing.database import Database as Server
from shared.testing.service import ServiceProcess
from tests.integration.partners.rest import Partners
from tests.integration.partners.world import SECRET, World
from tests.integration.projects.api import Api

DATABASE = "partners_tests"
ROLES = ("viewer", "coordinator", "partner_manager", "operator")
Tell = Callable[[str, bytes], None]


@pytest.fixture
def world(database: Database[dict[str, Any]], clock: FixedClock) -> World:
    """The use cases over an empty database."""
    return World(database, clock)


def environment(broker: Broker, database_uri: str) -> dict[str, str]:
    """What a partners process needs."""
    return {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "PYTHONWARNINGS": "ignore",
        "AMQP_URI": broker.uri("partners"),
        "MONGO_URI": database_uri,
        "PRASAN_SECRET_KEY": SECRET,
        "HOLD_SECONDS": "120",
    }


@pytest.fixture(scope="package")
def partners_process(broker: Broker, database_server: Server, run_dir: Path) -> Iterator[ServiceProcess]:
    """`python -m services.partners`, while this folder's tests run: others read the same queues."""
    broker.purge()
    process = ServiceProcess("partners", environment(broker, database_server.uri(DATABASE)), run_dir)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def stored(database_server: Server) -> Iterator[Database[dict[str, Any]]]:
    """The process's own database, to look into."""
    with database_server.client() as client:
        yield client[DATABASE]


@pytest.fixture
def signed(partners_process: ServiceProcess) -> Iterator[Callable[..., Api]]:
    """`signed("viewer")` speaks to the process in that role."""
    made: list[Api] = []

    def sign(*roles: str) -> Api:
        now = datetime.now(UTC)
        token = issue_token(SECRET, "tester", roles, timedelta(hours=1), now, uuid.uuid4().hex)
        made.append(Api(partners_process.url, "tester", token))
        return made[-1]

    yield sign
    for api in made:
        api.close()


@pytest.fixture
def manager(signed: Callable[..., Api]) -> Partners:
    """A partner manager at work."""
    return Partners(signed("partner_manager"))


@pytest.fixture
def operator(signed: Callable[..., Api]) -> Api:
    return signed("operator")


@pytest.fixture
def tell(broker: Broker) -> Iterator[Tell]:
    """`tell(queue, body)` puts a message straight into one of the process's queues, as anybody could."""
    with broker.connection() as connection:
        channel = connection.channel()

        def put(queue: str, body: bytes) -> None:
            message = amqp.Message(body, delivery_mode=2)
            channel.basic_publish_confirm(message, exchange="replay", routing_key=queue)

        yield put
