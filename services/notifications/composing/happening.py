"""What kind of news an event is, and the days it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from shared.calendar import local_day
from shared.clock import from_timestamp
from shared.contracts.registry import EVENT_TYPES
from shared.errors import Unreadable

DUE_SOON, OVERDUE = "due_soon", "overdue"
EVENTS = ("reached", "rescheduled", "cancelled", "corrected", DUE_SOON, OVERDUE)
_TYPES = {f"projects.milestone.{event}.v1": event for event in EVENTS}
_SCHEMAS = {name: EVENT_TYPES[name]() for name in _TYPES}

# The step of an overdue event that was reached last → the kind of mail.
_ESCALATIONS = {
    "overdue_weekly": "overdue_weekly",
    "overdue_15": "overdue_secretariat",
    "overdue_8": "overdue_head",
}


def event_of(about: Mapping[str, Any]) -> str:
    """One of EVENTS. Raises Unreadable for what is no alert."""
    event = _TYPES.get(about["type"])
    if event is None:
        raise Unreadable("not-an-alert", about["type"])
    return event


def check(about: Mapping[str, Any]) -> None:
    """Raises Unreadable where the event's data do not fit its schema, or lack what the mail must say."""
    event = event_of(about)
    errors = _SCHEMAS[about["type"]].validate(dict(about["data"]))
    if errors:
        raise Unreadable("wrong-schema", errors)
    if event == "rescheduled" and not about["data"].get("before"):
        raise Unreadable("missing-before", about["id"])


def kind_of(about: Mapping[str, Any]) -> str:
    """The event, with a rescheduling told apart as `later` or `earlier`, and overdue by who joins in:
    `overdue`, `overdue_head`, `overdue_secretariat`, `overdue_weekly`."""
    event = event_of(about)
    data = about["data"]
    if event == OVERDUE:
        return next((kind for step, kind in _ESCALATIONS.items() if step in data["steps"]), OVERDUE)
    if event != "rescheduled":
        return event
    brought_forward = day(data["milestone"]["due_date"]) < day(data["before"]["due_date"])
    return "earlier" if brought_forward else "later"


def tone_of(kind: str) -> str:
    """The kind as far as most words depend on it: every escalation of what is overdue sounds alike."""
    return OVERDUE if kind.startswith(OVERDUE) else kind


def correction_of(data: Mapping[str, Any]) -> str:
    """What a correction changes that a reader acts on: reached, not_reached, cancelled, due, or ''."""
    before, now = data.get("before"), data["milestone"]
    if not before:
        return ""
    changed = {name for name in ("status", "due_date", "reached_on") if before.get(name) != now.get(name)}
    if now["status"] == "reached":
        return "reached" if changed & {"status", "reached_on"} else ""
    if "status" in changed and now["status"] == "cancelled":
        return "cancelled"
    if "status" in changed and before["status"] == "reached":
        return "not_reached"
    return "due" if "due_date" in changed else ""


def day(value: str | date) -> date:
    """A plain date as JSON or the database holds it."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(value)


def reached_day(about: Mapping[str, Any]) -> date:
    """When the milestone was reached; the day of the report where nobody said."""
    reached_on = about["data"]["milestone"].get("reached_on")
    return day(reached_on) if reached_on else day_of(about)


def day_of(about: Mapping[str, Any]) -> date:
    """The day of the event in Bangkok."""
    time = about["time"]
    return local_day(from_timestamp(time) if isinstance(time, str) else time)
