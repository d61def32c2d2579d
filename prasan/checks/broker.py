"""Does RabbitMQ let us in, and does every queue and exchange of the table exist there?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from amqp import Connection
from amqp.exceptions import AccessRefused, NotFound

from prasan.checks import Finding, failed, found
from shared.config import Settings
from shared.errors import Misconfigured
from shared.messaging.connection import BROKER_ERRORS, addresses, close_politely, open_connection
from shared.messaging.topology import QUEUES, SERVICES, dead_queue, events_exchange

_SECONDS = 5


def check_broker(settings: Settings) -> Iterator[Finding]:
    """Connects with AMQP_URI and asks for each queue and exchange without declaring any."""
    if not settings.amqp_uri:
        yield failed("broker", "broker.unset")
        return
    hosts = ", ".join(_host(uri) for uri in addresses(settings.amqp_uri))
    try:
        connection = open_connection(settings.amqp_uri, "prasan check", timeout=_SECONDS)
        version = connection.server_properties.get("version", "?")
        yield found("broker", "broker", host=hosts, version=version)
        yield _queues(connection)
        close_politely(connection)
    except AccessRefused:
        yield failed("broker", "broker.refused", host=hosts)
    except (*BROKER_ERRORS, Misconfigured) as error:
        yield failed("broker", "broker.silent", host=hosts, cause=type(error).__name__)


def _queues(connection: Connection) -> Finding:
    queues = [*(queue.name for queue in QUEUES), *(dead_queue(service) for service in SERVICES)]
    missing = [name for name in queues if not _exists(connection, "queue", name)]
    missing += [
        events_exchange(service)
        for service in SERVICES
        if not _exists(connection, "exchange", events_exchange(service))
    ]
    if missing:
        return failed("queues", "queues", missing=", ".join(missing))
    return found("queues", "queues", count=len(queues))


def _exists(connection: Connection, kind: str, name: str) -> bool:
    """Asked on a channel of its own, since the broker closes the channel that asked for what is not there."""
    channel = connection.channel()
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
