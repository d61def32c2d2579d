"""RabbitMQ's definitions file, made from the topology: what the broker loads when it starts.

`python -m shared.messaging.definitions --out FILE` reads the passwords from
PRASAN_AMQP_PASSWORD_PROJECTS, _PARTNERS, _NOTIFICATIONS and _OPERATOR.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from shared.errors import Misconfigured
from shared.messaging.topology import (
    DEAD_EXCHANGE,
    DELIVERY_LIMIT,
    QUEUES,
    REPLAY_EXCHANGE,
    SERVICES,
    dead_queue,
    events_exchange,
)

OPERATOR = "operator"
USERS = (*SERVICES, OPERATOR)
_NOTHING = "^$"
# From RabbitMQ 4.0 on there is a limit of 20 unless told otherwise; -1 for none is refused before 4.0.
_UNLIMITED = 2_000_000_000


def definitions(passwords: Mapping[str, str], vhost: str = "/") -> dict[str, Any]:
    """The definitions, with a user for each name in `passwords` (of USERS)."""
    return {
        "vhosts": [{"name": vhost}],
        "users": [_user(name, password) for name, password in passwords.items()],
        "permissions": [_permission(name, vhost) for name in passwords],
        "exchanges": [_exchange(name, kind, vhost) for name, kind in _exchanges()],
        "queues": [_queue(name, arguments, vhost) for name, arguments in _queues()],
        "bindings": [_binding(*binding, vhost) for binding in _bindings()],
    }


def password_hash(password: str, salt: bytes) -> str:
    """As RabbitMQ stores it: base64 of salt and SHA-256 of salt and password.

    https://www.rabbitmq.com/docs/passwords#computing-password-hash
    """
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _user(name: str, password: str) -> dict[str, Any]:
    return {
        "name": name,
        "password_hash": password_hash(password, secrets.token_bytes(4)),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["monitoring"] if name == OPERATOR else [],
    }


def _permission(user: str, vhost: str) -> dict[str, str]:
    """A service writes to its own exchange and to the replay exchange, and reads its own queues. Nobody
    may declare anything, and the operator's account may only look."""
    write, read = _NOTHING, _NOTHING
    if user in SERVICES:
        write, read = rf"^({user}\.events|{REPLAY_EXCHANGE})$", rf"^{user}\.(?!events$)[a-z]+$"
    return {"user": user, "vhost": vhost, "configure": _NOTHING, "write": write, "read": read}


def _exchanges() -> Iterator[tuple[str, str]]:
    for service in SERVICES:
        yield events_exchange(service), "topic"
    yield DEAD_EXCHANGE, "direct"
    yield REPLAY_EXCHANGE, "direct"


def _queues() -> Iterator[tuple[str, dict[str, Any]]]:
    for queue in QUEUES:
        yield (
            queue.name,
            {
                "x-queue-type": "quorum",
                "x-delivery-limit": DELIVERY_LIMIT,
                "x-dead-letter-exchange": DEAD_EXCHANGE,
                "x-dead-letter-routing-key": queue.service,
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",  # at-least-once dead lettering requires it
            },
        )
    for service in SERVICES:
        yield dead_queue(service), {"x-queue-type": "quorum", "x-delivery-limit": _UNLIMITED}


def _bindings() -> Iterator[tuple[str, str, str]]:
    """(exchange, queue, routing key)"""
    for queue in QUEUES:
        for exchange, pattern in queue.bindings:
            yield exchange, queue.name, pattern
        yield REPLAY_EXCHANGE, queue.name, queue.name
    for service in SERVICES:
        yield DEAD_EXCHANGE, dead_queue(service), service


def _exchange(name: str, kind: str, vhost: str) -> dict[str, Any]:
    flags = {"durable": True, "auto_delete": False, "internal": False}
    return {"name": name, "vhost": vhost, "type": kind, **flags, "arguments": {}}


def _queue(name: str, arguments: Mapping[str, Any], vhost: str) -> dict[str, Any]:
    return {"name": name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": dict(arguments)}


def _binding(exchange: str, queue: str, key: str, vhost: str) -> dict[str, Any]:
    target = {"destination": queue, "destination_type": "queue", "routing_key": key}
    return {"source": exchange, "vhost": vhost, **target, "arguments": {}}


def _password(user: str, environment: Mapping[str, str]) -> str:
    variable = f"PRASAN_AMQP_PASSWORD_{user.upper()}"
    password = environment.get(variable, "")
    if len(password) < 16:
        raise Misconfigured(f"{variable} must be set to a password of at least 16 characters")
    return password


@click.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--vhost", default="/", show_default=True)
def main(out: Path, vhost: str) -> None:
    """Write the definitions file that the broker loads."""
    try:
        passwords = {user: _password(user, os.environ) for user in USERS}
    except Misconfigured as error:
        raise click.ClickException(str(error)) from error
    out.write_text(json.dumps(definitions(passwords, vhost), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
