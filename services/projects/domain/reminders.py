"""What time makes of a milestone: it comes due, or it is overdue. One table says when.

Days are counted by the calendar from the due date; whatever then falls on a weekend or a public holiday is
raised on a working day: a warning on the last one before, an overdue alert on the first one after. Who is
told is decided by partners.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from services.projects.domain.milestones import Milestone, Reminder
from services.projects.domain.projects import Project
from shared.calendar import BANGKOK, is_working_day, local_day

DUE_SOON, OVERDUE = "due_soon", "overdue"
CLOSES = time(16, 30)  # of the province's offices; nothing is raised later in the day
NEVER = date.max
MOST_ONE_BY_ONE = 10  # of one coordinator on one day; more are told together
_WEEK, _ONE_DAY = 7, timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """`days` from the due date, before it where negative; `name` is part of the event's id."""

    name: str
    happened: str
    days: int


RULES = (
    Rule("due_30", DUE_SOON, -30),
    Rule("due_7", DUE_SOON, -7),
    Rule("due_1", DUE_SOON, -1),
    Rule("overdue_1", OVERDUE, 1),
    Rule("overdue_8", OVERDUE, 8),
    Rule("overdue_15", OVERDUE, 15),
)
WEEKLY = "overdue_weekly"  # as a step; its rules are overdue_22, overdue_29, …
_LAST = RULES[-1].days
_BEFORE_ALL = RULES[0].days - 1


@dataclass(frozen=True)
class Due:
    """The newest rule that has come, and the names of all that it stands for, the newest last."""

    rule: Rule
    steps: tuple[str, ...]


def is_open(now: datetime, opens: time) -> bool:
    """Whether it is a working day in Bangkok, between the hour at which events are raised and closing."""
    local = now.astimezone(BANGKOK)
    return is_working_day(local.date()) and opens <= local.time() < CLOSES


def due_now(project: Project, now: datetime, opens: time) -> list[tuple[Milestone, Due]]:
    """The milestones with an event to be raised now, the earliest due date first; for office hours only.

    What was changed today, after opening, waits for the next working day: until then it may be a mistake.
    """
    today = local_day(now)
    opened = datetime.combine(today, opens, BANGKOK)
    return [
        (milestone, due)
        for milestone in sorted(project.milestones, key=lambda m: (m.due_date, m.id))
        if milestone.updated_at < opened and (due := due_on(milestone, today))
    ]


def due_on(milestone: Milestone, today: date) -> Due | None:
    """What is to be raised about a milestone; what comes late collapses into the newest."""
    if not raises_events(milestone):
        return None
    came = list(_came(milestone, today))
    overdue = [rule for rule in came if rule.happened == OVERDUE]
    if not overdue and today > milestone.due_date:
        return None
    told = overdue or came
    return Due(told[-1], tuple(dict.fromkeys(map(_step, told)))) if told else None


def raised(
    project: Project, milestone: Milestone, due: Due, now: datetime
) -> tuple[Project, Milestone, Reminder]:
    """The project's next version and its milestone, which remembers the event; the milestone's own version
    stays, since nobody changed it."""
    reminder = Reminder(
        event_id=f"{milestone.id}:{due.rule.name}:{milestone.due_date.isoformat()}",
        happened=due.rule.happened,
        days=due.rule.days,
        due_date=milestone.due_date,
        at=now,
    )
    reminded = replace(milestone, reminders=(*milestone.reminders, reminder))
    return project.changed(now).with_milestone(reminded), reminded, reminder


def wakes_on(project: Project, today: date) -> date:
    """The first day, today or later, on which there may be an event to raise; NEVER if there is none."""
    days = (_next_day(milestone, today) for milestone in project.milestones if raises_events(milestone))
    return min(days, default=NEVER)


def raises_events(milestone: Milestone) -> bool:
    """Whether time makes events of it at all: not once it is reached or cancelled, nor of what is historic,
    nor of what was overdue already when it was imported."""
    late_import = milestone.imported and milestone.due_date < local_day(milestone.created_at)
    return milestone.is_open and not milestone.historic and not late_import


def day_of(days: int, due_date: date) -> date:
    """The working day of a rule: never after the day counted for a warning, never before it otherwise."""
    counted = due_date.toordinal() + days
    day = date.fromordinal(min(max(counted, date.min.toordinal()), date.max.toordinal()))
    step = -_ONE_DAY if days < 0 else _ONE_DAY
    while not is_working_day(day) and date.min < day < date.max:
        day += step
    return day


def _came(milestone: Milestone, today: date) -> Iterator[Rule]:
    """The rules after the last one raised whose day has come; of the weekly ones only the newest."""
    last, due_date = _last_raised(milestone), milestone.due_date
    yield from (rule for rule in RULES if rule.days > last and day_of(rule.days, due_date) <= today)
    weeks = ((today - due_date).days - _LAST) // _WEEK
    while weeks > 0 and day_of(_LAST + weeks * _WEEK, due_date) > today:
        weeks -= 1
    if weeks > 0 and _LAST + weeks * _WEEK > last:
        yield _weekly(_LAST + weeks * _WEEK)


def _next_day(milestone: Milestone, today: date) -> date:
    last, due_date = _last_raised(milestone), milestone.due_date
    following = max(last - _LAST, 0) // _WEEK + 1
    rules = (*(rule for rule in RULES if rule.days > last), _weekly(_LAST + following * _WEEK))
    days = ((rule, max(day_of(rule.days, due_date), today)) for rule in rules)
    return min(day for rule, day in days if rule.happened == OVERDUE or day <= due_date)


def _last_raised(milestone: Milestone) -> int:
    """Days of the newest rule that is done with for this due date: raised, or past when it was imported."""
    done = [r.days for r in milestone.reminders if r.due_date == milestone.due_date]
    if milestone.imported:
        imported_on = local_day(milestone.created_at)
        done += [r.days for r in RULES if day_of(r.days, milestone.due_date) <= imported_on]
    return max(done, default=_BEFORE_ALL)


def _weekly(days: int) -> Rule:
    return Rule(f"overdue_{days}", OVERDUE, days)


def _step(rule: Rule) -> str:
    return rule.name if rule in RULES else WEEKLY
