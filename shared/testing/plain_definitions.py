"""Stands in for shared.messaging.definitions until that lands; then this file goes."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from shared.messaging.topology import (
    DEAD_EXCHANGE,
    DELIVERY_LIMIT,
    QUEUES,
    SERVICES,
    dead_queue,
    events_exchange,
)


def hashed_password(password: str) -> str:
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def definitions(passwords: Mapping[str, str], vhost: str = "/") -> dict[str, Any]:
    def exchange(name: str, kind: str) -> dict[str, Any]:
        return {
            "name": name,
            "vhost": vhost,
            "type": kind,
            "durable": True,
            "auto_delete": False,
            "internal": False,
            "arguments": {},
        }

    def queue(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": name,
            "vhost": vhost,
            "durable": True,
            "auto_delete": False,
            "arguments": {"x-queue-type": "quorum", **arguments},
        }

    def binding(source: str, destination: str, key: str) -> dict[str, Any]:
        return {
            "source": source,
            "vhost": vhost,
            "destination": destination,
            "destination_type": "queue",
            "routing_key": key,
            "arguments": {},
        }

    return {
        "vhosts": [{"name": vhost}],
        "users": [
            {
                "name": user,
                "password_hash": hashed_password(password),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
            }
            for user, password in passwords.items()
        ],
        "permissions": [
            {
                "user": user,
                "vhost": vhost,
                "configure": "^$",
                "write": rf"^({user}\.events|replay)$",
                "read": rf"^{user}\.",
            }
            for user in passwords
        ],
        "exchanges": [exchange(events_exchange(s), "topic") for s in SERVICES]
        + [exchange(DEAD_EXCHANGE, "direct"), exchange("replay", "direct")],
        "queues": [
            queue(
                q.name,
                {
                    "x-delivery-limit": DELIVERY_LIMIT,
                    "x-dead-letter-exchange": DEAD_EXCHANGE,
                    "x-dead-letter-routing-key": q.service,
                    "x-dead-letter-strategy": "at-least-once",
                    "x-overflow": "reject-publish",
                },
            )
            for q in QUEUES
        ]
        + [queue(dead_queue(s), {}) for s in SERVICES],
        "bindings": [binding(e, q.name, k) for q in QUEUES for e, k in q.bindings]
        + [binding("replay", q.name, q.name) for q in QUEUES]
        + [binding(DEAD_EXCHANGE, dead_queue(s), s) for s in SERVICES],
    }
