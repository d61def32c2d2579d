"""Starts in the wrong order, without a network, on a port that is taken, with a wrong password for the mail
server: each gives a clear message, and is over when its cause is."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from prasan.cli import main
from prasan.demo.province import Province
from shared.messaging.topology import SERVICES
from shared.testing.broker_files import BrokerNotInstalled
from shared.testing.mailbox import Mailbox
from shared.testing.process import Child
from shared.testing.service import ServiceProcess
from shared.testing.stack import Stack
from tests.e2e.world import World, counts

A_WHILE = 3.0  # seconds in which a process that gives up would have ended
PASSWORD = "right-7Wm-3kZ0pXr9"
WRONG = "wrong-7Wm-3kZ0pXr9"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The servers, and no service yet; the mail server asks for a password."""
    try:
        stack = Stack(tmp_path_factory.mktemp("hard"), durable=False)
    except BrokerNotInstalled as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))  # a laptop without it; CI has failed above
    stack.mailbox = Mailbox(stack.run_dir, credentials=f"prasan:{PASSWORD}")
    try:
        stack.start_servers()
        yield stack
    finally:
        stack.discard()


@pytest.fixture
def running(stack: Stack) -> Stack:
    """The services as well."""
    if not stack.processes():
        stack.start_services()
    return stack


def failing(process: ServiceProcess) -> set[str]:
    """What /readyz says is not well; nothing while it is not answered."""
    status, body = process.readiness()
    checks = json.loads(body)["checks"] if status else {}
    return {part for part, state in checks.items() if state != "ok"}


def test_a_broker_and_a_database_that_come_up_last_are_waited_for(stack: Stack) -> None:
    """No process gives up, each says what it waits for, and all are ready when both are there."""
    stack.broker.stop()
    stack.database.stop()
    processes = stack.launch_services()
    for process in processes:
        process.wait_until(lambda process=process: '"migrations_wait"' in process.log(), 60)
    time.sleep(A_WHILE)
    stack.database.start()
    for process in processes:
        process.wait_until(lambda process=process: "broker" in failing(process), 60)
        assert "database" not in failing(process)
    stack.broker.start()
    for process in processes:
        process.wait_until_ready()
        assert "Traceback" not in process.log()


def test_without_a_network_a_service_waits(stack: Stack, tmp_path: Path) -> None:
    """Names that cannot be resolved are no reason to end: not the database's, and not the broker's."""
    environment = {**stack.environment("partners"), "AMQP_URI": "amqp://partners:x@broker.invalid:5672//"}
    process = ServiceProcess("partners", environment, tmp_path)
    process.launch()
    process.wait_until(lambda: "broker" in failing(process), 60)
    assert "Traceback" not in process.log()
    process.stop()
    process.environment["MONGO_URI"] = "mongodb://database.invalid:27017/partners"
    process.launch()
    process.wait_until(lambda: '"migrations_wait"' in process.log(), 60)
    assert process.running
    process.kill()


@pytest.mark.parametrize("service", SERVICES)
def test_a_port_that_is_taken_is_said_in_one_line(stack: Stack, tmp_path: Path, service: str) -> None:
    """The process ends at once, and names the setting and the address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = ServiceProcess(service, stack.environment(service), tmp_path, port=port)
        Child.start(process)  # without looking whether the port is free
        assert process.wait(30) and process.exit_code == 1
    said = f"{service}: HTTP_ADDRESS 127.0.0.1:{port} cannot be listened on: Address already in use"
    assert said in process.log().splitlines() and "Traceback" not in process.log()


def test_a_wrong_password_for_the_mail_server_costs_no_delivery(running: Stack) -> None:
    """Everything waits, nothing is counted against it; the log and `prasan check` say that the password is
    refused, and never what it is; with the right one all goes out, once."""
    world = World(Province(running))
    project = world.project()
    sponsor = world.sponsor(project)
    process = running.service("notifications")
    process.stop()
    process.environment["SMTP_URL"] = running.mailbox.url.replace(PASSWORD, WRONG)
    process.start()
    answer = world.report(project.milestones[0], "reach")
    process.wait_until(lambda: '"mail_server_in_trouble"' in process.log(), 60)
    environment = {**running.operator_environment(), "SMTP_URL": process.environment["SMTP_URL"]}
    checked = CliRunner().invoke(main, ["check", "--lang", "en"], env=environment)

    assert "535" in process.log() and "refuses the user or password (535)" in checked.stdout
    assert WRONG not in process.log() + checked.output
    (delivery,) = world.services.items("notifications", "/v1/deliveries", event=answer["event_id"])
    assert delivery["state"] in ("pending", "sending") and not delivery.get("attempts")

    process.environment["SMTP_URL"] = running.mailbox.url
    process.restart()
    world.wait_for_mails(sponsor)
    assert counts(world.settled(project.milestones[0], answer["event_id"])) == {"accepted": 1}
