"""What may happen to a milestone: one table, and what a milestone remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from services.projects.domain.criteria import Criterion, Unmet
from services.projects.domain.figures import Provenance
from services.projects.domain.texts import Text

PLANNED, IN_PROGRESS, REACHED, CANCELLED = "planned", "in_progress", "reached", "cancelled"
STATUSES = (PLANNED, IN_PROGRESS, REACHED, CANCELLED)
OPEN = frozenset({PLANNED, IN_PROGRESS})


@dataclass(frozen=True)
class Move:
    """A command in the imperative and what it makes of each status.

    `happened` is the event's name; `alerts` says whether partners are told; `outcomes` has, for each
    status the command is allowed in, the statuses it may lead to, the usual one first.
    """

    happened: str
    alerts: bool
    outcomes: Mapping[str, tuple[str, ...]]


_KEEPS_AN_OPEN_ONE = {PLANNED: (PLANNED,), IN_PROGRESS: (IN_PROGRESS,)}
_ANY = dict.fromkeys(STATUSES, STATUSES)

MOVES: Mapping[str, Move] = MappingProxyType(
    {
        # command            happened       alerts  from → to
        "plan": Move("planned", False, {}),  # makes a milestone, so there is no status before it
        "start": Move("started", False, {PLANNED: (IN_PROGRESS,)}),
        "reach": Move("reached", True, {PLANNED: (REACHED,), IN_PROGRESS: (REACHED,)}),
        "reschedule": Move("rescheduled", True, _KEEPS_AN_OPEN_ONE),
        "cancel": Move("cancelled", True, {PLANNED: (CANCELLED,), IN_PROGRESS: (CANCELLED,)}),
        "correct": Move(
            "corrected",
            True,
            {
                **_KEEPS_AN_OPEN_ONE,  # only where somebody was told something: a wrong date
                REACHED: (REACHED, IN_PROGRESS, PLANNED),
                CANCELLED: (CANCELLED, IN_PROGRESS, PLANNED),
            },
        ),
        "amend": Move("updated", False, _KEEPS_AN_OPEN_ONE),
        "recall": Move("recalled", False, _ANY),  # back to whatever it was before the alert
    }
)

# Why a command is refused where the table does not allow it.
ALREADY: Mapping[str, str] = MappingProxyType(
    {
        PLANNED: "milestone-not-started",
        IN_PROGRESS: "milestone-already-started",
        REACHED: "milestone-already-reached",
        CANCELLED: "milestone-already-cancelled",
    }
)


@dataclass(frozen=True)
class Alert:
    """Something about the milestone that partners are told, unless it is recalled within the hold."""

    event_id: str
    happened: str
    at: datetime
    hold_until: datetime
    recalled: bool = False


@dataclass(frozen=True)
class Reminder:
    """An event that time made: raised once for a due date, `days` from it. It guards its own repetition."""

    event_id: str
    happened: str
    days: int
    due_date: date
    at: datetime


@dataclass(frozen=True)
class Confirmation:
    """Reported reached although criteria were unmet, knowingly."""

    by: str
    at: datetime
    unmet: tuple[Unmet, ...]


@dataclass(frozen=True)
class Milestone:
    """A step of a project that partners wait for.

    `version` is the project's version at the milestone's last change, so it only grows, is the
    milestone's own ETag, and equals the version of its last event but for those that time makes.
    `before` is what a recall restores; what is `imported` raises no event about days that had passed.
    """

    id: str
    version: int
    title: Text
    due_date: date
    status: str
    description: Text | None
    criteria: tuple[Criterion, ...]
    historic: bool
    provenance: Provenance | None
    created_at: datetime
    updated_at: datetime
    reached_on: date | None = None
    note: Text | None = None
    reason: Text | None = None
    evidence: Text | None = None
    confirmed: Confirmation | None = None
    imported: bool = False
    alerts: tuple[Alert, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    before: Milestone | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def told(self) -> tuple[Alert, ...]:
        """The alerts that stand: what partners were told or are about to be."""
        return tuple(alert for alert in self.alerts if not alert.recalled)
