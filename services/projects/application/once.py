"""Carrying out a request once, however often it is sent and whoever changes the same document.

The Idempotency-Key is looked up before anything else, so that a retry gets its first answer even where
the state, the ETag or the caller's rights have moved on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

from services.projects.application.ports import Aggregate, Loaded, Remembered, Reply, Store
from shared.auth import Caller
from shared.contracts.envelope import Event
from shared.errors import AlreadyExists, Conflict, IdempotencyMismatch, Unavailable, VersionConflict
from shared.identity import derived_id, new_id

ATTEMPTS = 30  # against other processes that change the same project; each attempt loads it anew


@dataclass(frozen=True)
class Key:
    """An Idempotency-Key: the caller's own words, and a hash of the request they stand for."""

    key: str
    request_hash: str


@dataclass(frozen=True)
class Order:
    """Who asks, and how to recognise the same request again."""

    caller: Caller
    key: Key | None = None
    traceparent: str | None = None

    @property
    def remembered_as(self) -> str | None:
        """The name under which the answer is kept: a key belongs to its caller."""
        return derived_id(self.caller.subject, self.key.key) if self.key else None

    def id_for(self, kind: str) -> str:
        """The id of what this order creates: the same again if the order is sent again."""
        return derived_id(kind, self.caller.subject, self.key.key) if self.key else new_id()

    def remember(self, reply: Reply) -> Remembered | None:
        if self.key is None or self.remembered_as is None:
            return None
        return Remembered(self.remembered_as, self.key.request_hash, reply)


@dataclass(frozen=True)
class Change(Generic[Aggregate]):
    """A decision: what the aggregate becomes (itself, if nothing changes), the events, the answer."""

    after: Aggregate
    events: Sequence[Event]
    reply: Reply


def change(
    store: Store[Aggregate],
    load: Callable[[], Loaded[Aggregate]],
    order: Order,
    decide: Callable[[Aggregate], Change[Aggregate]],
) -> Reply:
    """Load, decide, store; again from the start if somebody else stored meanwhile.

    Raises what `decide` raises, IdempotencyMismatch, and Unavailable after too many attempts.
    """
    loaded = load()
    with store.turn(loaded.aggregate) as waited:
        for attempt in range(ATTEMPTS):
            if waited or attempt:
                loaded = load()
            known = answered(loaded, order)
            if known is not None:
                return known
            decision = decide(loaded.aggregate)
            if decision.after is loaded.aggregate:
                return decision.reply
            try:
                store.save(loaded.aggregate, decision.after, decision.events, order.remember(decision.reply))
            except VersionConflict:
                continue
            return decision.reply
    raise Unavailable("too-many-changes-at-once")


def create(store: Store[Aggregate], aggregate_id: str, order: Order, decision: Change[Aggregate]) -> Reply:
    """Store something new; if the same order made it before, its first answer."""
    try:
        store.insert(decision.after, decision.events, order.remember(decision.reply))
    except AlreadyExists:
        known = answered(store.load(aggregate_id), order)
        if known is None:
            raise Conflict("already-exists") from None
        return known
    return decision.reply


def answered(loaded: Loaded[Aggregate], order: Order) -> Reply | None:
    """The first answer to this order, if it was carried out. Raises IdempotencyMismatch."""
    known = loaded.remembered.get(order.remembered_as or "")
    if known is None or order.key is None:
        return None
    if known.request_hash != order.key.request_hash:
        raise IdempotencyMismatch()
    return known.reply
