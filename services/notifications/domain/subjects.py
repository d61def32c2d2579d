"""What has become of a milestone and its project meanwhile: is an alert still true, may it still be seen?

Alerts arrive in any order and any number of times, so a milestone's record is a set that only grows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.contracts.facets import PROVINCE_ROLES

REACHED, RESCHEDULED, CANCELLED, CORRECTED, RECALLED = (
    f"projects.milestone.{name}.v1"
    for name in ("reached", "rescheduled", "cancelled", "corrected", "recalled")
)
DUE_SOON, OVERDUE = (f"projects.milestone.{name}.v1" for name in ("due_soon", "overdue"))
REPORTED = (REACHED, RESCHEDULED, CANCELLED, CORRECTED)
ALERTING = (*REPORTED, DUE_SOON, OVERDUE)
_TO_EVERYBODY = "overdue_weekly"  # the one step that reaches all who were reminded before

AFTER_THE_HOLD = timedelta(seconds=3)  # a recall made in its last moment is still on its way
FOR_A_RECALL = timedelta(seconds=10)  # what is recorded late may have its recall queued right behind it


@dataclass(frozen=True)
class Alert:
    """An alerting event of a milestone. Until `firm_at` it may still be recalled.

    `steps` are the days for which an event stands that time made.
    """

    event_id: str
    type: str
    version: int
    firm_at: datetime
    steps: tuple[str, ...] = ()

    def makes_untrue(self, older: Alert | None) -> bool:
        """A report everything before it. What time makes, no report; and of its own kind a warning, which
        is about fewer days now, or what somebody hears again every week."""
        if self.type in REPORTED or older is None:
            return self.type in REPORTED
        return older.type == DUE_SOON or (older.type == OVERDUE and _TO_EVERYBODY in self.steps)


@dataclass(frozen=True)
class Overtaken:
    """An event is no longer true: `by` is the last word of what followed it; before `firm_at` (None: already)
    that may still be recalled."""

    by: str
    firm_at: datetime | None


@dataclass(frozen=True)
class Milestone:
    """Every alert known of one milestone, and the ids of those that were recalled."""

    alerts: tuple[Alert, ...] = ()
    recalled: frozenset[str] = field(default_factory=frozenset)

    def overtaken(self, event_id: str, version: int) -> Overtaken | None:
        """What made this event untrue: its recall, or the newest alert that stands and is newer."""
        if event_id in self.recalled:
            return Overtaken("recalled", None)
        older = next((a for a in self.alerts if a.event_id == event_id), None)
        standing = (a for a in self.alerts if a.version > version and a.event_id not in self.recalled)
        newer = [alert for alert in standing if alert.makes_untrue(older)]
        if not newer:
            return None
        newest = max(newer, key=lambda alert: alert.version)
        return Overtaken(last_word(newest.type), newest.firm_at)


def due_at(event_time: datetime, hold_seconds: int, recorded_at: datetime) -> datetime:
    """When an alert may be sent: after its hold, and late enough for a recall that waits behind it.

    Without a hold at once: another machine's clock, a little ahead, must not make it wait.
    """
    if not hold_seconds:
        return recorded_at
    hold = timedelta(seconds=hold_seconds)
    return max(event_time + hold + AFTER_THE_HOLD, recorded_at + min(hold, FOR_A_RECALL))


def last_word(event_type: str) -> str:
    """`rescheduled` of projects.milestone.rescheduled.v1."""
    return event_type.split(".")[-2]


def visible_reasons(visibility: str, reasons: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The reasons by which somebody may hear of something with this visibility."""
    may_see = _MAY_SEE[visibility]
    return [reason for reason in reasons if may_see(reason)]


def _province_role(reason: Mapping[str, Any]) -> bool:
    return reason["code"] in PROVINCE_ROLES


def _not_only_media(reason: Mapping[str, Any]) -> bool:
    return _province_role(reason) or bool(set(reason.get("kinds") or ()) - {"media"})


_MAY_SEE = {
    "public": lambda reason: True,
    "partners": _not_only_media,
    "internal": _province_role,
}
