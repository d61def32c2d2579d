"""Small events for tests of the messaging itself: notifications says that an address was suppressed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.contracts.envelope import Event

QUEUE = "partners.feedback"  # where they arrive
EXCHANGE = "notifications.events"
TYPE = "notifications.address.suppressed.v1"
NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def suppressed(name: str, version: int = 1, **data: Any) -> Event:
    """`name` is the contact's id; tests tell the listener by it what to do."""
    return Event(
        id=f"{name}:{version}",
        type=TYPE,
        source="prasan/notifications",
        subject=f"contacts/{name}",
        time=NOON,
        version=version,
        data={"contact_id": name, "contact_version": 1, "fingerprint": "f" * 64, "why": "5.1.1", **data},
    )


def unbound(name: str) -> Event:
    """An event of a type that no queue is bound for."""
    event = suppressed(name)
    return Event(
        id=event.id,
        type="notifications.unheard.v1",
        source=event.source,
        subject=event.subject,
        time=event.time,
        version=1,
        data=event.data,
    )
