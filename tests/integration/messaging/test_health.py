"""Readiness tells what is missing, soon, and by name."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from shared.errors import DependencyDown, Misconfigured
from shared.messaging.consumer import Consume
from shared.messaging.health import consumers_connected, probes, relay_alive
from shared.messaging.relay import OutboxRelay
from shared.messaging.topology import SERVICES
from shared.testing.broker import Broker


def container(uri: str, service: str = "partners", *extensions: Any) -> SimpleNamespace:
    """As much of nameko's container as readiness looks at."""
    return SimpleNamespace(config={"AMQP_URI": uri}, service_name=service, extensions=extensions)


@pytest.mark.parametrize("service", SERVICES)
def test_a_broker_with_every_queue_is_ready(broker: Broker, service: str) -> None:
    """Each service may look with its own user."""
    found = probes(container(broker.uri(service), service))
    found["broker"]()
    found["queues"]()


@pytest.fixture
def without_feedback(broker: Broker) -> Iterator[Broker]:
    """A broker in which somebody deleted a queue."""
    with broker.connection() as connection:
        connection.channel().queue_delete("partners.feedback")
    yield broker
    broker.control("import_definitions", str(broker.directory / "definitions.json"))


def test_a_missing_queue_is_named(without_feedback: Broker) -> None:
    """The broker itself is ready."""
    found = probes(container(without_feedback.uri("partners")))
    found["broker"]()
    with pytest.raises(DependencyDown, match=r"partners\.feedback"):
        found["queues"]()


@pytest.mark.parametrize("uri", ["http://127.0.0.1/", "amqp://a:b@127.0.0.1:99999//", "amqp://a:b@host:x/"])
def test_a_uri_that_is_none_is_said_to_be_misconfigured(uri: str) -> None:
    """Waiting would not mend it; and the text shows no password."""
    with pytest.raises(Misconfigured, match="AMQP_URI") as caught:
        probes(container(uri))["broker"]()
    assert ":b@" not in str(caught.value)


@pytest.mark.parametrize("uri", ["amqp://partners:x@127.0.0.1:1//", "amqp://nobody.invalid//"])
def test_a_broker_that_is_not_there_is_down(uri: str) -> None:
    """Wherever it is not."""
    with pytest.raises(DependencyDown, match="broker"):
        probes(container(uri))["broker"]()


def test_of_several_nodes_one_that_answers_is_enough(broker: Broker) -> None:
    """AMQP_URI with semicolons names the nodes of a cluster; whichever is asked first, all are tried."""
    dead = "amqp://partners:x@127.0.0.1:1//"
    for uri in (f"{dead};{broker.uri('partners')}", f"{broker.uri('partners')} ; {dead};") * 3:
        probes(container(uri))["broker"]()
    with pytest.raises(DependencyDown, match="broker"):
        probes(container(f"{dead};{dead}"))["broker"]()
    with pytest.raises(Misconfigured, match="AMQP_URI"):
        probes(container(f"{broker.uri('partners')};http://127.0.0.1/"))["broker"]()


def test_a_wrong_password_is_said(broker: Broker) -> None:
    """Not only that something is wrong."""
    with pytest.raises(DependencyDown, match="AccessRefused"):
        probes(container(f"amqp://partners:wrong@127.0.0.1:{broker.port}//"))["broker"]()


def test_a_frozen_broker_is_down_within_seconds(broker: Broker) -> None:
    """A probe never hangs, and asks the broker once for both questions."""
    found = probes(container(broker.uri("partners")))
    broker.freeze()
    began = time.monotonic()
    try:
        for name in ("broker", "queues"):
            with pytest.raises(DependencyDown):
                found[name]()
    finally:
        broker.thaw()
    assert time.monotonic() - began < 5


def test_only_what_a_service_has_is_probed() -> None:
    """A service without relay or consumer is not asked for one."""
    assert set(probes(container("amqp://x//"))) == {"broker", "queues"}
    everything = container("amqp://x//", "partners", OutboxRelay(["x"]), Consume("partners.feedback"))
    assert set(probes(everything)) == {"broker", "queues", "relay", "consumers"}


def test_a_relay_or_consumer_that_is_not_at_work_is_named() -> None:
    """Neither was started here."""
    idle = container("amqp://x//", "partners", OutboxRelay(["x"]), Consume("partners.feedback"))
    with pytest.raises(DependencyDown, match="relay"):
        relay_alive(idle)
    with pytest.raises(DependencyDown, match=r"partners\.feedback"):
        consumers_connected(idle)
