"""The private broker can be killed, frozen and starved, and keeps what it confirmed."""

from __future__ import annotations

from collections.abc import Iterator

import amqp
import pytest

from shared.testing.broker import Broker

QUEUE = "notifications.audiences"
ROUTE = {"exchange": "partners.events", "routing_key": "partners.audience.page.v1"}


@pytest.fixture(scope="module")
def own_broker(tmp_path_factory: pytest.TempPathFactory, broker: Broker) -> Iterator[Broker]:
    """A second broker beside the session's: several live on one machine."""
    own = Broker(tmp_path_factory.mktemp("own"))
    own.start()
    yield own
    own.discard()


def publish(broker: Broker, body: str) -> None:
    with broker.connection("partners") as connection:
        message = amqp.Message(body, delivery_mode=2)
        connection.channel().basic_publish_confirm(message, **ROUTE, mandatory=True, confirm_timeout=10)


def test_a_confirmed_message_survives_kill_and_restart(own_broker: Broker) -> None:
    """kill -9 of the broker loses nothing that it confirmed, and addresses stay the same."""
    publish(own_broker, "kept")
    uri = own_broker.uri("partners")

    own_broker.kill()
    assert not own_broker.running
    own_broker.restart()

    assert own_broker.ready_messages()[QUEUE] == 1
    assert own_broker.queue_depths()[QUEUE] == 1
    assert own_broker.uri("partners") == uri
    own_broker.purge()
    own_broker.wait_until_drained(10)


def test_a_memory_alarm_blocks_publishers(own_broker: Broker) -> None:
    """A publish gets no confirm while the alarm lasts, and one again afterwards."""
    own_broker.memory_alarm(True)
    try:
        with own_broker.connection("partners") as connection, pytest.raises(TimeoutError):
            message = amqp.Message("blocked", delivery_mode=2)
            connection.channel().basic_publish_confirm(message, **ROUTE, confirm_timeout=1)
    finally:
        own_broker.memory_alarm(False)

    publish(own_broker, "through")
    assert own_broker.ready_messages()[QUEUE] >= 1
    own_broker.purge()


def test_a_frozen_broker_answers_nothing(own_broker: Broker) -> None:
    """Connections are accepted by the kernel and nobody speaks, until the thaw."""
    own_broker.freeze()
    with pytest.raises((TimeoutError, OSError)):
        amqp.Connection(host=f"127.0.0.1:{own_broker.port}", connect_timeout=1).connect()

    own_broker.thaw()
    own_broker.ready_messages()


def test_two_brokers_do_not_see_each_other(broker: Broker, own_broker: Broker) -> None:
    """What one holds the other knows nothing of."""
    broker.purge()
    publish(own_broker, "mine")

    assert own_broker.ready_messages()[QUEUE] == 1
    assert broker.ready_messages()[QUEUE] == 0
    own_broker.purge()


@pytest.mark.parametrize("user", ["projects", "partners", "notifications"])
def test_a_service_may_not_declare_anything(broker: Broker, user: str) -> None:
    """Queues come from the topology alone."""
    with broker.connection(user) as connection, pytest.raises(amqp.AccessRefused):
        connection.channel().queue_declare("mine")
