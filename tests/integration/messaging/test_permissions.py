"""Each service's RabbitMQ user may do what its service does, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import amqp
import pytest
from amqp.exceptions import AccessRefused

from shared.messaging.topology import QUEUES, SERVICES, dead_queue, events_exchange, queues_of
from shared.testing.broker import Broker

Attempt = Callable[[amqp.Channel], object]


def may(broker: Broker, user: str, attempt: Attempt) -> bool:
    with broker.connection(user) as connection:
        try:
            attempt(connection.channel())
        except AccessRefused:
            return False
        return True


def publish(exchange: str) -> Attempt:
    def attempt(channel: amqp.Channel) -> None:
        channel.basic_publish_confirm(amqp.Message("x"), exchange=exchange, routing_key="nobody.hears")

    return attempt


def consume(queue: str) -> Attempt:
    return lambda channel: channel.basic_cancel(channel.basic_consume(queue))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_its_own_queues_and_writes_its_own_exchange(broker: Broker, service: str) -> None:
    """Every other queue and exchange is refused."""
    own = {queue.name for queue in queues_of(service)} | {dead_queue(service)}
    every = {queue.name for queue in QUEUES} | {dead_queue(other) for other in SERVICES}
    assert {name for name in every if may(broker, service, consume(name))} == own
    exchanges = [events_exchange(other) for other in SERVICES] + ["replay", "dead", "", "amq.topic"]
    writable = {name for name in exchanges if may(broker, service, publish(name))}
    assert writable == {events_exchange(service), "replay"}


FORBIDDEN: dict[str, Attempt] = {
    "declare a queue": lambda channel: channel.queue_declare("projects.mine"),
    "delete a queue": lambda channel: channel.queue_delete("projects.outcomes"),
    "purge another's queue": lambda channel: channel.queue_purge("partners.audiences"),
    "bind a queue": lambda channel: channel.queue_bind("projects.outcomes", "partners.events", "#"),
    "declare an exchange": lambda channel: channel.exchange_declare("projects.mine", "topic"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
@pytest.mark.parametrize("user", ["projects", "operator"])
def test_nobody_changes_the_topology(broker: Broker, user: str, what: str) -> None:
    """It comes from the definitions file alone."""
    assert not may(broker, user, FORBIDDEN[what])


def test_the_operators_user_only_looks(broker: Broker) -> None:
    """It may connect and ask whether something exists."""
    assert may(broker, "operator", lambda c: c.queue_declare("projects.outcomes", passive=True))
    assert not may(broker, "operator", consume("projects.outcomes"))
    assert not may(broker, "operator", publish("projects.events"))
