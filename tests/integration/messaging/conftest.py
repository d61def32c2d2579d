"""Processes that listen and speak over the real broker, and a way to look at the queue between them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import amqp
import pytest

from shared.messaging.publisher import Publisher
from shared.testing.broker import Broker
from shared.testing.process import Child
from tests.integration.messaging.samples import EXCHANGE, QUEUE

ROOT = Path(__file__).parents[3]
Start = Callable[..., Child]


def eventually(true: Callable[[], Any], seconds: float = 15.0) -> Any:
    """What `true` returns once it is not falsy; fails the test when that takes longer."""
    deadline = time.monotonic() + seconds
    while not (answer := true()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.03)
    return answer


@pytest.fixture(scope="session")
def settled_broker(broker: Broker) -> Broker:
    """RabbitMQ 3.10 writes a new quorum queue to its directory after up to three seconds: killed with -9
    before, the queue has no leader from then on. Tests that kill wait for that once."""
    time.sleep(4)
    return broker


@pytest.fixture
def empty_broker(settled_broker: Broker) -> Broker:
    """The session's broker with every queue empty."""
    settled_broker.purge()
    return settled_broker


@pytest.fixture
def start(
    empty_broker: Broker, database_uri: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Start]:
    """Starts one of this directory's processes: start("listener", user="partners", VARIABLE="…")."""
    children: list[Child] = []

    def start_one(module: str, user: str, mongo_uri: str = database_uri, **variables: str) -> Child:
        environment = {
            **os.environ,
            "PYTHONWARNINGS": "ignore",
            "AMQP_URI": empty_broker.uri(user),
            "MONGO_URI": mongo_uri,
            "PRASAN_SECRET_KEY": "s" * 32,
            **variables,
        }
        command = [sys.executable, "-m", f"tests.integration.messaging.{module}"]
        log = tmp_path / f"{module}-{len(children)}.log"
        child = Child(module, command, environment, log)
        children.append(child)
        child.start()
        child.wait_until(lambda: log.exists() and '"started"' in log.read_text(), 20)
        return child

    yield start_one
    for child in children:
        child.kill()
    if request.node.stash.get(FAILED, False):
        for child in children:
            print(child.log_tail())


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.failed:  # type: ignore[attr-defined]  # pytest's hook gives it no type
        item.stash[FAILED] = True
    return report


@pytest.fixture
def publisher(empty_broker: Broker) -> Iterator[Publisher]:
    """Publishes as notifications."""
    publisher = Publisher(empty_broker.uri("notifications"), EXCHANGE, confirm_timeout=3)
    yield publisher
    publisher.close()


def put_raw(broker: Broker, body: bytes, queue: str = QUEUE, **properties: Any) -> None:
    """A message that no Publisher would send."""
    with broker.connection() as connection:
        message = amqp.Message(body, delivery_mode=2, **properties)
        connection.channel().basic_publish_confirm(message, exchange="replay", routing_key=queue)


def take_all(broker: Broker, queue: str = QUEUE) -> list[amqp.Message]:
    """Every ready message of a queue, taken out of it."""
    with broker.connection() as connection:
        channel = connection.channel()
        return list(iter(lambda: channel.basic_get(queue, no_ack=True), None))
