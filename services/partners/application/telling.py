"""The events that carry an audience: its pages and its head."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.partners.application.contacts import SOURCE
from services.partners.application.ports import StoredPage
from services.partners.domain.pages import Page, to_dict
from shared.clock import to_timestamp
from shared.contracts.envelope import Event


def page_id(event_id: str, number: int) -> str:
    """The id of a page's own event."""
    return f"{event_id}:{number}"


def head_id(event_id: str) -> str:
    """The id of the head's own event."""
    return f"{event_id}:head"


def page_event(about: Event, page: Page, now: datetime) -> Event:
    """The page with the whole event that it is for, so that its reader asks nobody back."""
    content = {
        "id": about.id,
        "type": about.type,
        "time": to_timestamp(about.time),
        "version": about.version,
        "data": dict(about.data),
    }
    data = {"about": content, "page": page.number, **to_dict(page.relevant)}
    return _event("page", page_id(about.id, page.number), about, data, now)


def head_of(about: Event, pages: Sequence[StoredPage]) -> dict[str, Any]:
    """What the contract says of an audience as a whole."""
    return {
        "event_id": about.id,
        "event_type": about.type,
        "project_id": about.data["project"]["id"],
        "milestone_id": (about.data.get("milestone") or {}).get("id"),
        **sums(pages),
    }


def sums(pages: Sequence[StoredPage]) -> dict[str, Any]:
    """The same whichever replica adds them up, since pages are stored once."""
    left_out: Counter[str] = Counter()
    for page in pages:
        left_out.update(page.left_out)
    return {
        "pages": len(pages),
        "relevant": sum(page.relevant for page in pages),
        "left_out": dict(left_out),
    }


def head_event(about: Event, head: Mapping[str, Any], now: datetime) -> Event:
    return _event("resolved", head_id(about.id), about, head, now)


def _event(happened: str, event_id: str, about: Event, data: Mapping[str, Any], now: datetime) -> Event:
    return Event(
        id=event_id,
        type=f"partners.audience.{happened}.v1",
        source=SOURCE,
        subject=about.subject,
        time=now,
        version=about.version,
        data=data,
        actor=about.actor,
        traceparent=about.traceparent,
    )
