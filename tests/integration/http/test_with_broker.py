"""The standard endpoints where the broker is there: ready, and replaying what was dead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.messaging.dead_letters import DeadLetters, Letter
from shared.testing.broker import Broker
from shared.testing.database import Database
from tests.integration.http.conftest import ExampleProcess, Tokens

QUEUE = "projects.outcomes"


@pytest.fixture
def connected(empty_broker: Broker, database_server: Database, tmp_path: Path) -> Iterator[ExampleProcess]:
    """The example as the projects service's own user of the broker."""
    process = ExampleProcess(database_server.uri("http_broker_tests"), tmp_path)
    process.child.environment["AMQP_URI"] = empty_broker.uri("projects")
    process.start()
    yield process
    process.child.stop()


def bodies(broker: Broker) -> list[bytes]:
    with broker.connection() as connection:
        channel = connection.channel()
        found = []
        while (message := channel.basic_get(QUEUE, no_ack=True)) is not None:
            body = message.body
            found.append(body.encode() if isinstance(body, str) else bytes(body))
        return found


def test_a_mended_message_goes_back_to_its_queue(
    connected: ExampleProcess, empty_broker: Broker, database_server: Database, token: Tokens
) -> None:
    """Ready; then as it was, then mended: both are in the queue, and the letter says so."""
    headers = {"Authorization": f"Bearer {token('operator')}"}
    with database_server.client() as database:
        letter = DeadLetters(database["http_broker_tests"]).keep(Letter(QUEUE, "not-json", "line 1", b"{"))

    with httpx.Client(base_url=connected.url, headers=headers, timeout=30) as operator:
        assert operator.get("/readyz").json()["checks"] == {"database": "ok", "broker": "ok", "queues": "ok"}
        first = operator.post(f"/v1/dead-letters/{letter}/replay", json={})
        second = operator.post(f"/v1/dead-letters/{letter}/replay", json={"body": {"title": "ลำพูน"}})

    assert (first.status_code, first.json()["state"], second.json()["replays"]) == (200, "replayed", 2)
    as_it_was, mended = bodies(empty_broker)
    assert as_it_was == b"{"
    assert json.loads(mended) == {"title": "ลำพูน"}
