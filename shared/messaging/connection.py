"""Connections to RabbitMQ on which every wait ends, and which are thrown away when in doubt."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
from amqp.exceptions import AMQPError

from shared.errors import Misconfigured

# Everything that a broken, frozen or unwilling broker makes py-amqp raise.
BROKER_ERRORS: tuple[type[Exception], ...] = (AMQPError, OSError)

CONNECT_TIMEOUT = 5.0  # seconds
_PORTS = {"amqp": 5672, "amqps": 5671}


def open_connection(
    uri: str,
    purpose: str,
    *,
    timeout: float,
    heartbeat: int = 0,
    on_blocked: Callable[[str], Any] | None = None,
) -> amqp.Connection:
    """An open connection whose reads and writes give up after `timeout` seconds.

    `uri` may name several nodes of one cluster, with semicolons between them: the first that answers is
    taken, in an order of chance, so that the processes spread over the nodes. `purpose` is the name that
    the broker's own tools show. Raises the last node's BROKER_ERRORS, or Misconfigured for a URI that is
    none.
    """
    nodes = [_parameters(node) for node in addresses(uri)]
    random.shuffle(nodes)
    for node in nodes[:-1]:
        with contextlib.suppress(*BROKER_ERRORS):
            return _open(node, purpose, timeout, heartbeat, on_blocked)
    return _open(nodes[-1], purpose, timeout, heartbeat, on_blocked)


def addresses(uri: str) -> list[str]:
    """The nodes that AMQP_URI names: `amqp://a;amqp://b` are two. Never empty."""
    return [node.strip() for node in uri.split(";") if node.strip()] or [uri]


def _open(
    node: dict[str, Any],
    purpose: str,
    timeout: float,
    heartbeat: int,
    on_blocked: Callable[[str], Any] | None,
) -> amqp.Connection:
    connection = amqp.Connection(
        **node,
        login_method="PLAIN",
        connect_timeout=min(timeout, CONNECT_TIMEOUT),
        heartbeat=heartbeat,
        on_blocked=on_blocked,
        client_properties={"connection_name": purpose},
    )
    try:
        connection.connect()
        connection.transport.sock.settimeout(timeout)
    except BROKER_ERRORS:
        throw_away(connection)
        raise
    return connection


def _parameters(uri: str) -> dict[str, Any]:
    try:
        parts = urlsplit(uri)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise Misconfigured("AMQP_URI: write amqp://user:password@host:port/vhost") from error
    return {
        "host": f"{parts.hostname}:{port}",
        "userid": unquote(parts.username or "guest"),
        "password": unquote(parts.password or "guest"),
        "virtual_host": unquote(parts.path[1:]) or "/",
        "ssl": parts.scheme == "amqps",
    }


def throw_away(connection: amqp.Connection) -> None:
    """Drop the socket without a word to the broker: a polite close can hang for ever."""
    with contextlib.suppress(*BROKER_ERRORS):
        connection.collect()


def close_politely(connection: amqp.Connection) -> None:
    """Say goodbye, so that the broker has read every ack before the socket closes; then drop it."""
    with contextlib.suppress(*BROKER_ERRORS):
        connection.close()
    throw_away(connection)
