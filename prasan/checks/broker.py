"""Does RabbitMQ let us in, and does every queue and exchange of the table exist there?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from amqp.exceptions import AccessRefused, AMQPError, NotFound
from kombu.connection import Connection

from prasan.checks import Finding, failed, found
from shared.config import Settings
from shared.messaging.topology import QUEUES, SERVICES, dead_queue, events_exchange

_SECONDS = 5


def check_broker(settings: Settings) -> Iterator[Finding]:
    """Connects with AMQP_URI and asks for each queue and exchange without declaring any."""
    if not settings.amqp_uri:
        yield failed("broker", "broker.unset")
        return
    host = _host(settings.amqp_uri)
    try:
        with Connection(settings.amqp_uri, connect_timeout=_SECONDS) as connection:  # type: ignore[no-untyped-call]  # kombu is half typed
            connection.connect()
            version = connection.connection.server_properties.get("version", "?")
            yield found("broker", "broker", host=host, version=version)
            yield from _queues(connection)
    except AccessRefused:
        yield failed("broker", "broker.refused", host=host)
    except (AMQPError, OSError, ValueError) as error:
        yield failed("broker", "broker.silent", host=host, cause=type(error).__name__)


def _queues(connection: Connection) -> Iterator[Finding]:
    queues = [*(queue.name for queue in QUEUES), *(dead_queue(service) for service in SERVICES)]
    missing = [name for name in queues if not _exists(connection, "queue", name)]
    missing += [
        events_exchange(service)
        for service in SERVICES
        if not _exists(connection, "exchange", events_exchange(service))
    ]
    if missing:
        yield failed("queues", "queues", missing=", ".join(missing))
    else:
        yield found("queues", "queues", count=len(queues))


def _exists(connection: Connection, kind: str, name: str) -> bool:
    """Asked on a channel of its own, since the broker closes the channel that asked for what is not there."""
    channel = connection.channel()  # type: ignore[no-untyped-call]  # kombu is half typed
    try:
        if kind == "queue":
            channel.queue_declare(name, passive=True)
        else:
            channel.exchange_declare(name, "topic", passive=True)
    except NotFound:
        return False
    channel.close()
    return True


def _host(uri: str) -> str:
    """Where it points, without user and password."""
    return re.sub(r"^\w+://([^@/]*@)?", "", uri).partition("/")[0]
