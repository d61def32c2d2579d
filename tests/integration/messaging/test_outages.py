"""Broker and database going away under a consumer: it waits, loses nothing and burns no delivery."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from shared.messaging.publisher import Publisher
from shared.testing.broker import Broker
from shared.testing.database import Database
from tests.integration.messaging.conftest import Start, eventually, take_all
from tests.integration.messaging.samples import QUEUE, suppressed


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Database]:
    """A database server of this test's own, to be killed."""
    server = Database(tmp_path)
    server.start()
    yield server
    server.discard()


def uri(server: Database) -> str:
    return server.uri("listener") + "&serverSelectionTimeoutMS=300"


def finished(server: Database) -> list[str]:
    with MongoClient[dict[str, Any]](uri(server)) as client:
        return [note["event"] for note in client["listener"]["finished"].find()]


def test_a_database_that_is_down_is_waited_for(
    start: Start, publisher: Publisher, server: Database, empty_broker: Broker
) -> None:
    """Many attempts within the handler are one delivery, so the delivery limit is not burned."""
    listener = start("listener", "partners", mongo_uri=uri(server))
    server.kill()
    publisher.publish_all([suppressed(f"a-{i}") for i in range(5)])
    eventually(lambda: listener.log_file.read_text().count("message_waits") >= 15)

    listener.kill()

    messages = eventually(lambda: take_all(empty_broker))
    assert {m.properties["application_headers"]["x-delivery-count"] for m in messages} == {1}


def test_work_goes_on_when_the_database_returns(
    start: Start, publisher: Publisher, server: Database, empty_broker: Broker
) -> None:
    """What waited is handled, once, by the same process."""
    listener = start("listener", "partners", mongo_uri=uri(server))
    server.kill()
    publisher.publish_all([suppressed(f"a-{i}") for i in range(5)])
    eventually(lambda: "message_waits" in listener.log_file.read_text())

    server.restart()

    eventually(lambda: len(finished(server)) == 5)
    assert listener.running
    listener.stop()
    assert empty_broker.ready_messages()[QUEUE] == 0


def test_after_its_patience_a_consumer_gives_its_messages_back_and_returns_later(
    start: Start, publisher: Publisher, server: Database, empty_broker: Broker
) -> None:
    """Long outages do not hold messages in a process; they wait in the queue until a ping answers."""
    listener = start("listener", "partners", mongo_uri=uri(server), LISTENER_PATIENCE="1")
    server.kill()
    publisher.publish_all([suppressed(f"a-{i}") for i in range(3)])
    eventually(lambda: empty_broker.ready_messages()[QUEUE] == 3)
    assert "consumer_paused" in listener.log_file.read_text()

    server.restart()

    eventually(lambda: sorted(finished(server)) == ["a-0:1", "a-1:1", "a-2:1"])


def test_sigterm_while_waiting_for_the_database_ends_soon_and_gives_the_messages_back(
    start: Start, publisher: Publisher, server: Database, empty_broker: Broker
) -> None:
    """A stop does not wait for a dependency."""
    listener = start("listener", "partners", mongo_uri=uri(server))
    server.kill()
    publisher.publish(suppressed("a"))
    eventually(lambda: "message_waits" in listener.log_file.read_text())
    began = time.monotonic()
    listener.stop()
    assert listener.exit_code == 0
    assert time.monotonic() - began < 8
    assert eventually(lambda: empty_broker.ready_messages()[QUEUE]) == 1


def test_an_ack_that_cannot_be_sent_does_not_end_the_process(
    start: Start, publisher: Publisher, server: Database, empty_broker: Broker
) -> None:
    """The broker is killed while a handler works: it returns, the message comes again, all goes on."""
    listener = start("listener", "partners", mongo_uri=uri(server))
    publisher.publish(suppressed("slow-1"))
    eventually(lambda: "consumer_ready" in listener.log_file.read_text())
    time.sleep(0.5)

    empty_broker.kill()
    time.sleep(1)  # the handler finishes and acks into nothing
    empty_broker.restart()

    eventually(lambda: finished(server).count("slow-1:1") == 2, 30)
    publisher.publish(suppressed("after"))
    eventually(lambda: "after:1" in finished(server))
    assert listener.running
    eventually(lambda: not take_all(empty_broker))


@pytest.mark.slow
def test_a_frozen_broker_is_noticed_and_left(
    start: Start, publisher: Publisher, server: Database, empty_broker: Broker
) -> None:
    """Two silent heartbeats and the consumer makes a new connection, which works after the thaw."""
    listener = start("listener", "partners", mongo_uri=uri(server))
    empty_broker.freeze()
    try:
        eventually(lambda: "consumer_reconnects" in listener.log_file.read_text(), 40)
    finally:
        empty_broker.thaw()
    publisher.publish(suppressed("after"))
    eventually(lambda: "after:1" in finished(server), 20)
    assert listener.running
