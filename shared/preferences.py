"""How somebody wants to be told: at once, daily, weekly, never; and what is usual where they said nothing.

Partners keep what a contact chose and show when it would be told; notifications decide by it at the moment
of sending. Hours are whole ones in Thailand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from shared.calendar import BANGKOK
from shared.contracts.facets import PROVINCE_ROLES

IMMEDIATE, DAILY, WEEKLY, NEVER = "immediate", "daily", "weekly", "never"
PERIODS = (DAILY, WEEKLY)
MODES = (IMMEDIATE, DAILY, WEEKLY)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

# The ways in which news of each kind may come. What is not here comes at once, and nobody may refuse it.
WAYS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "milestone.reached": (IMMEDIATE, DAILY, WEEKLY, NEVER),
    "milestone.rescheduled": (IMMEDIATE, DAILY, WEEKLY, NEVER),
    "milestone.cancelled": (IMMEDIATE, NEVER),
    "milestone.corrected": (IMMEDIATE, NEVER),
    "indicator.measured": (DAILY, WEEKLY, NEVER),
    "project.started": (DAILY, WEEKLY, NEVER),
    "project.completed": (DAILY, WEEKLY, NEVER),
})  # fmt: skip

# Of what comes in crowds nobody gets a mail for each: it waits for the next morning's digest.
CROWDS = frozenset({"milestones.due_soon", "milestones.overdue"})

EVENT_KEYS = {name: name.replace(".", "_") for name in WAYS}  # in documents, where a dot means a path


@dataclass(frozen=True, slots=True)
class Habit:
    """What is usual: how alerts come, and when the digests that everybody has go out."""

    how: str
    period: str
    weekday: int  # Monday is 0
    hour: int


_WORKING = Habit(IMMEDIATE, DAILY, 0, 8)  # who works on it sees each morning what changed
_MEDIA = Habit(WEEKLY, WEEKLY, 3, 12)  # Thursday noon, before the weekend's programmes
_OTHERS = Habit(IMMEDIATE, WEEKLY, 4, 9)
_WORKING_ROLES = frozenset({"implementer", *PROVINCE_ROLES})


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a contact chose; None and an empty mapping mean: what is usual."""

    mode: str | None = None
    events: Mapping[str, str] = field(default_factory=dict)
    weekday: int | None = None
    hour: int | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How one piece of news goes to one contact; weekday and hour are those of its digest."""

    how: str
    weekday: int
    hour: int

    def next_slot(self, after: datetime) -> datetime:
        """When the first digest after that instant is due."""
        local = after.astimezone(BANGKOK)
        slot = local.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        if self.how == WEEKLY:
            slot += timedelta(days=(self.weekday - slot.weekday()) % 7)
        step = timedelta(days=7 if self.how == WEEKLY else 1)
        return slot if slot > local else slot + step

    def is_slot(self, instant: datetime) -> bool:
        """Whether a digest of this way is due at exactly that instant."""
        return self.next_slot(instant - timedelta(seconds=1)) == instant


def habit_of(reasons: Iterable[Mapping[str, Any]]) -> Habit:
    """What is usual for somebody who is told for these reasons."""
    told_for = list(reasons)
    if any(reason["code"] in _WORKING_ROLES for reason in told_for):
        return _WORKING
    media = told_for and all(set(reason.get("kinds") or ()) == {"media"} for reason in told_for)
    return _MEDIA if media else _OTHERS


def way_of(preferences: Preferences, event: str, reasons: Iterable[Mapping[str, Any]]) -> Way:
    """How this kind of news (as `milestone.reached`) goes to somebody told for these reasons."""
    habit = habit_of(reasons)
    weekday = habit.weekday if preferences.weekday is None else preferences.weekday
    hour = habit.hour if preferences.hour is None else preferences.hour
    return Way(_how(preferences, event, habit), weekday, hour)


def _how(preferences: Preferences, event: str, habit: Habit) -> str:
    allowed = (DAILY,) if event in CROWDS else WAYS.get(event, (IMMEDIATE,))
    wishes = (preferences.events.get(event), preferences.mode, habit.how, habit.period)
    return next((wish for wish in wishes if wish in allowed), allowed[0])


def preferences_of(document: Mapping[str, Any] | None) -> Preferences:
    """The preferences in a contact's record or event: `mode`, `events`, `digest` with weekday and hour.

    Words that a newer version may know are taken for nothing said.
    """
    given = document or {}
    digest = given.get("digest") or {}
    weekday, hour = digest.get("weekday"), digest.get("hour")
    wishes = given.get("events") or {}
    events = {name: wishes[key] for name, key in EVENT_KEYS.items() if wishes.get(key) in WAYS[name]}
    return Preferences(
        given.get("mode") if given.get("mode") in MODES else None,
        events,
        WEEKDAYS.index(weekday) if weekday in WEEKDAYS else None,
        hour if isinstance(hour, int) and 0 <= hour <= 23 else None,
    )


def document_of(preferences: Preferences) -> dict[str, Any]:
    """What `preferences_of` reads."""
    weekday = None if preferences.weekday is None else WEEKDAYS[preferences.weekday]
    return {
        "mode": preferences.mode,
        "events": {EVENT_KEYS[name]: way for name, way in preferences.events.items()},
        "digest": {"weekday": weekday, "hour": preferences.hour},
    }


def choosing(document: Mapping[str, Any] | None, mode: str) -> dict[str, Any]:
    """A contact's record of preferences after it said one word: all its news comes so from now on.

    What it never wants, it still does not want; day, hour and quiet hours stay.
    """
    given = dict(document or {})
    never = {name: way for name, way in (given.get("events") or {}).items() if way == NEVER}
    return {**given, "mode": mode, "events": never}
