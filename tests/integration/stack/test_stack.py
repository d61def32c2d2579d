"""The three services run as processes beside their servers, and each can be ended and brought back."""

from __future__ import annotations

import http.client
import json
import os
import signal
import stat
from collections.abc import Iterator

import pytest

from shared.messaging.topology import SERVICES
from shared.testing.process import DidNotStart
from shared.testing.stack import AlreadyRunning, Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole system of its own."""
    os.environ["MAIL_MODE"] = "redirect"  # as a developer might have it exported
    try:
        with Stack(tmp_path_factory.mktemp("stack"), durable=False) as stack:
            yield stack
    finally:
        del os.environ["MAIL_MODE"]


def get(stack: Stack, service: str, path: str, token: str = "") -> int:
    """The status of a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.service(service).port, timeout=10)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_ready(stack: Stack, service: str) -> None:
    """Its database, its broker and its queues answer."""
    status, body = stack.service(service).readiness()

    assert status == 200
    assert set(json.loads(body)["checks"].values()) == {"ok"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_token_of_the_stack_opens_every_service(stack: Stack, service: str) -> None:
    """The stack's token is accepted; without one there is no answer."""
    assert get(stack, service, "/openapi.json", stack.token()) == 200
    assert get(stack, service, "/openapi.json") == 401


def test_secrets_are_readable_by_their_owner_only(stack: Stack) -> None:
    """Key, passwords, definitions and cookie."""
    broker = stack.broker.directory
    files = [stack.run_dir / "secret.key", broker / "passwords.json", broker / "definitions.json"]

    for file in (*files, broker / ".erlang.cookie"):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


def test_a_second_stack_leaves_the_firsts_directory_alone(stack: Stack) -> None:
    """It says that another runs there, and neither changes nor removes its files."""
    configuration = stack.broker.directory / "rabbitmq.conf"
    before = configuration.read_text()

    with pytest.raises(AlreadyRunning, match="stop it first"), Stack(stack.run_dir):
        pass

    assert configuration.read_text() == before
    assert stack.service("projects").ready()


def test_what_a_developer_exported_does_not_reach_the_services(stack: Stack) -> None:
    """Only the stack's own settings count."""
    assert stack.environment("notifications")["MAIL_MODE"] == "send"
    assert "MAIL_REDIRECT_TO" not in stack.environment("notifications")


def test_a_service_may_not_use_another_services_password(stack: Stack) -> None:
    """Each service is handed its own user only."""
    uris = {stack.environment(service)["AMQP_URI"] for service in SERVICES}

    assert len(uris) == 3
    assert all("tester" not in uri for uri in uris)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_ends_in_order_when_it_is_asked_to(stack: Stack, service: str) -> None:
    """SIGTERM ends it with exit code 0 within seconds, and it comes back at the same address."""
    process = stack.service(service)
    url = process.url

    process.stop(seconds=15)
    assert process.exit_code == 0

    process.start()
    assert process.url == url
    assert process.ready()


def test_a_killed_service_comes_back(stack: Stack) -> None:
    """kill -9, and ready again after a start."""
    process = stack.service("partners")
    process.kill()
    assert process.exit_code == -signal.SIGKILL
    assert process.readiness()[0] == 0

    process.start()
    assert process.ready()


def test_a_service_that_cannot_start_says_why(stack: Stack) -> None:
    """A setting that is wrong ends it at once with a text that names it."""
    process = stack.service("partners")
    process.stop()
    process.environment["PRASAN_SECRET_KEY"] = "short"
    try:
        with pytest.raises(DidNotStart, match="PRASAN_SECRET_KEY"):
            process.start()
    finally:
        process.environment = stack.environment("partners") | {"HTTP_ADDRESS": f"127.0.0.1:{process.port}"}
        process.start()


def test_a_second_replica_shares_the_work(stack: Stack) -> None:
    """Two processes of one service are ready side by side."""
    second = stack.add_replica("notifications")

    assert second.port != stack.service("notifications").port
    assert second.ready() and stack.service("notifications").ready()
    second.stop()


def test_readiness_says_that_the_database_is_gone(stack: Stack) -> None:
    """Frozen dependencies show, and so does their return."""
    process = stack.service("projects")
    stack.database.kill()
    assert process.readiness()[0] != 200

    stack.database.restart()
    process.wait_until_ready(30)
