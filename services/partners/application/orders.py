"""Who asks for a change, and how the same request is recognised when it is sent again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shared.errors import IdempotencyMismatch
from shared.identity import derived_id, new_id


@dataclass(frozen=True)
class Key:
    """An Idempotency-Key: the caller's own words, and a hash of the request they stand for."""

    key: str
    request_hash: str


@dataclass(frozen=True)
class Order:
    """A request to change something."""

    subject: str
    key: Key | None = None
    traceparent: str | None = None
    roles: frozenset[str] = field(default_factory=frozenset)

    def id_for(self, kind: str) -> str:
        """The id of what this order creates: the same again if the order is sent again."""
        return derived_id(kind, self.subject, self.key.key) if self.key else new_id()

    def remember(self, created: dict[str, Any]) -> dict[str, Any]:
        """What to store beside the record, so that a retry gets the first answer."""
        return {"request": {"hash": self.key.request_hash, "created": created}} if self.key else {}


def first_answer(record: dict[str, Any], order: Order) -> dict[str, Any]:
    """What the order that created this record was answered. Raises IdempotencyMismatch."""
    request = record.get("request")
    if order.key is None or request is None or request["hash"] != order.key.request_hash:
        raise IdempotencyMismatch()
    created: dict[str, Any] = request["created"]
    return created
