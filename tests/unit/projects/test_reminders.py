"""When time makes an event of a milestone.

Rests on the holidays package's tables for Thailand (0.109) of 2026, 2027 and 2028: in 2026 Children's Day,
5 December, falls on a Saturday with Monday the 7th in lieu, and 10 and 31 December are holidays; Songkran of
2027 is Tuesday 13 to Thursday 15 April; in 2028 New Year's Day is a Saturday, with Monday the 3rd in lieu.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from services.projects.domain.milestones import STATUSES, Milestone
from services.projects.domain.reminders import (
    DUE_SOON,
    NEVER,
    RULES,
    WEEKLY,
    Due,
    day_of,
    due_now,
    due_on,
    is_open,
    raised,
    wakes_on,
)
from services.projects.domain.reporting import reported
from services.projects.domain.texts import Text
from shared.calendar import BANGKOK, is_working_day
from shared.contracts.projects import STEPS
from tests.unit.projects.examples import HOLD, NOON, milestone, project, report

OPENS = time(8, 30)
DUE = date(2026, 11, 30)  # a Monday
LONG_AGO = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)


def entered(due_date: date = DUE, **changes: object) -> Milestone:
    """Entered in January, so that no rule's day had passed."""
    return milestone(due_date=due_date, created_at=LONG_AGO, updated_at=LONG_AGO, **changes)


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BANGKOK)


def told_over(given: Milestone, first: date, last: date) -> dict[date, tuple[str, tuple[str, ...]]]:
    """What is raised on each day, with offices opening every working day."""
    found = {}
    now = project(given)
    day = first
    while day <= last:
        if is_open(at(day), OPENS) and (came := due_now(now, at(day), OPENS)):
            ((given, due),) = came
            now, _, reminder = raised(now, given, due, at(day))
            found[day] = (reminder.event_id.split(":")[1], due.steps)
            assert due_now(now, at(day), OPENS) == []
        day += timedelta(days=1)
    return found


def test_the_whole_life_of_a_forgotten_milestone() -> None:
    """Due on Monday 30 November 2026: 30 days before is Saturday 31 October, so it is said on Friday; day 8
    is 8 December, day 15 the 15th, and 29 December stays where it is between the holidays."""
    assert told_over(entered(), date(2026, 10, 1), date(2027, 1, 5)) == {
        date(2026, 10, 30): ("due_30", ("due_30",)),
        date(2026, 11, 23): ("due_7", ("due_7",)),
        date(2026, 11, 27): ("due_1", ("due_1",)),
        date(2026, 12, 1): ("overdue_1", ("overdue_1",)),
        date(2026, 12, 8): ("overdue_8", ("overdue_8",)),
        date(2026, 12, 15): ("overdue_15", ("overdue_15",)),
        date(2026, 12, 22): ("overdue_22", (WEEKLY,)),
        date(2026, 12, 29): ("overdue_29", (WEEKLY,)),
        date(2027, 1, 5): ("overdue_36", (WEEKLY,)),
    }


@pytest.mark.parametrize(
    ("due_date", "days", "day"),
    [
        (date(2026, 12, 8), -1, date(2026, 12, 4)),  # the 7th is in lieu of Saturday the 5th
        (date(2026, 12, 4), 1, date(2026, 12, 8)),  # over that weekend
        (date(2026, 12, 9), 1, date(2026, 12, 11)),  # Constitution Day is the 10th
        (date(2027, 4, 16), -1, date(2027, 4, 12)),  # Songkran: 13 to 15 April 2027
        (date(2027, 4, 12), 1, date(2027, 4, 16)),
        (date(2027, 1, 4), -1, date(2026, 12, 30)),  # year's end, and a weekend behind it
        (date(2026, 12, 30), 1, date(2027, 1, 4)),
        (date(2028, 1, 4), -1, date(2027, 12, 30)),  # 3 January 2028 in lieu; 31 December a holiday
        (date(2028, 2, 29), -30, date(2028, 1, 28)),  # from a leap day: 30 January is a Sunday
        (date(2028, 2, 28), 1, date(2028, 2, 29)),  # to one
        (date(2028, 2, 29), 8, date(2028, 3, 8)),
    ],
)
def test_a_warning_comes_before_and_an_overdue_alert_after_whatever_is_no_working_day(
    due_date: date, days: int, day: date
) -> None:
    """Weekends, holidays, days in lieu, Songkran, year's end, 29 February."""
    assert day_of(days, due_date) == day


def test_days_beyond_the_calendar_are_its_ends() -> None:
    """No year is too far for a date field."""
    assert day_of(15, date.max) == date.max
    assert day_of(-30, date.min) == date.min
    assert wakes_on(project(entered(date(9999, 12, 30))), DUE) <= NEVER


@pytest.mark.parametrize(
    ("days_late", "rule", "steps"),
    [
        (-20, "due_30", ("due_30",)),
        (-5, "due_7", ("due_30", "due_7")),
        (0, "due_1", ("due_30", "due_7", "due_1")),
        (1, "overdue_1", ("overdue_1",)),
        (9, "overdue_8", ("overdue_1", "overdue_8")),
        (20, "overdue_15", ("overdue_1", "overdue_8", "overdue_15")),
        (400, "overdue_400", ("overdue_1", "overdue_8", "overdue_15", WEEKLY)),
    ],
)
def test_what_is_entered_late_collapses_into_one(days_late: int, rule: str, steps: tuple[str, ...]) -> None:
    """One event that stands for all whose day has passed; what is overdue is no longer due soon."""
    came = due_on(entered(), DUE + timedelta(days=days_late))
    assert came is not None
    assert (came.rule.name, came.steps) == (rule, steps)


def test_over_the_weekend_after_the_due_date_nothing_is_true_yet() -> None:
    """Due on Friday: no warning any more on Saturday, and overdue is for Monday."""
    friday = date(2026, 11, 27)
    assert due_on(entered(friday), date(2026, 11, 28)) is None
    assert wakes_on(project(entered(friday)), date(2026, 11, 28)) == date(2026, 11, 30)


@pytest.mark.parametrize(
    "silent",
    [
        {"historic": True},
        {"status": "reached"},
        {"status": "cancelled"},
        {"imported": True, "created_at": at(date(2026, 12, 2))},
    ],
    ids=["historic", "reached", "cancelled", "overdue when imported"],
)
def test_nothing_is_raised_of(silent: dict[str, object]) -> None:
    """What is past, ended or came with last year's spreadsheet."""
    given = replace(entered(), **silent)  # type: ignore[arg-type]  # any fields
    assert told_over(given, date(2026, 10, 1), date(2027, 3, 1)) == {}
    assert wakes_on(project(given), DUE) == NEVER


def test_what_was_imported_before_it_was_due_is_silent_about_what_had_passed_only() -> None:
    """Imported on 25 November: no warning of 30 or 7 days, then like any other."""
    given = entered(imported=True, status="in_progress")
    given = replace(given, created_at=at(date(2026, 11, 25)), updated_at=at(date(2026, 11, 25)))
    assert list(told_over(given, date(2026, 11, 25), date(2026, 12, 9)).values()) == [
        ("due_1", ("due_1",)),
        ("overdue_1", ("overdue_1",)),
        ("overdue_8", ("overdue_8",)),
    ]


def test_an_imported_one_that_gets_a_new_date_is_like_any_other() -> None:
    """Overdue when it was imported, then rescheduled."""
    given = entered(imported=True)
    given = replace(given, created_at=at(date(2026, 12, 2)), due_date=date(2026, 12, 22))
    assert due_on(given, date(2026, 12, 21)) == Due(RULES[2], ("due_7", "due_1"))


def test_what_was_changed_today_waits_for_the_next_working_day() -> None:
    """Until then it may be a mistake; what was changed before the offices opened does not wait."""
    today = date(2026, 12, 4)  # a Friday before a long weekend
    late = entered()
    changed = replace(late, updated_at=at(today, 10))
    assert due_now(project(changed), at(today, 11), OPENS) == []
    assert due_now(project(changed), at(date(2026, 12, 8)), OPENS)
    early = replace(late, updated_at=at(today, 7))
    assert due_now(project(early), at(today, 11), OPENS)


@pytest.mark.parametrize(
    ("now", "open_"),
    [
        (at(date(2026, 11, 30), 8, 29), False),
        (at(date(2026, 11, 30), 8, 30), True),
        (at(date(2026, 11, 30), 16, 29), True),
        (at(date(2026, 11, 30), 16, 30), False),
        (at(date(2026, 11, 29), 9), False),
        (at(date(2026, 12, 7), 9), False),
        (datetime(2026, 11, 30, 1, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 30, 17, 30, tzinfo=UTC), False),
    ],
)
def test_events_are_raised_in_working_hours_of_bangkok(now: datetime, open_: bool) -> None:
    """Not on a Sunday, not on a day in lieu, not at night, whatever the hour in UTC."""
    assert is_open(now, OPENS) is open_


def test_the_earliest_is_raised_first_and_others_follow() -> None:
    """One event of one milestone is one version of the project."""
    given = project(entered(), replace(entered(date(2026, 11, 2)), id="older"))
    older, younger = due_now(given, at(date(2026, 12, 1)), OPENS)
    assert (older[0].id, younger[0].id) == ("older", "training-50")
    after, reminded, reminder = raised(given, *older, at(date(2026, 12, 1)))
    assert (after.version, reminded.version, reminder.event_id) == (3, 2, "older:overdue_29:2026-11-02")
    assert due_now(after, at(date(2026, 12, 1)), OPENS) == [younger]


def test_going_back_to_an_earlier_date_says_nothing_twice() -> None:
    """The set remembers each due date: 30 November, then 15 December, then 30 November again."""
    today = date(2026, 12, 2)
    given = project(entered())
    given, _, _ = raised(given, *due_now(given, at(today), OPENS)[0], at(today))
    for due_date in (date(2027, 2, 1), DUE):
        moved = reported(given, "training-50", "reschedule", report(due_date=due_date, reason=Text("เลื่อน")))
        assert moved is not None
        given = moved.project
        assert due_on(given.milestones[0], today) is None


def test_a_recall_does_not_forget_what_was_raised() -> None:
    """It restores the milestone as it was, but for what time has made of it."""
    given = project(entered())
    friday = at(date(2026, 11, 27))
    given, _, _ = raised(given, *due_now(given, friday, OPENS)[0], friday)
    now = at(date(2026, 11, 27), 10)
    told = reported(given, "training-50", "reach", report(now=now, today=date(2026, 11, 27)))
    assert told is not None
    assert told.milestone.before is not None
    assert told.milestone.before.reminders == ()
    back = reported(told.project, "training-50", "recall", report(now=now + HOLD / 2))
    assert back is not None
    assert due_on(back.milestone, date(2026, 11, 27)) is None


def test_a_reminder_leaves_a_recall_possible() -> None:
    """Nobody changed the milestone: its version, and what a recall restores, stay."""
    moved = reported(project(entered()), "training-50", "reschedule", report(due_date=date(2026, 11, 25)))
    assert moved is not None
    soon = at(date(2026, 11, 24))
    after, reminded, _ = raised(moved.project, *due_now(moved.project, soon, OPENS)[0], soon)
    assert (reminded.version, reminded.before) == (moved.milestone.version, moved.milestone.before)
    assert reported(after, "training-50", "recall", report(now=NOON + HOLD / 2)) is not None


@pytest.mark.parametrize("status", STATUSES)
def test_a_project_wakes_for_open_milestones_only(status: str) -> None:
    """The day that the store is asked by."""
    day = wakes_on(project(entered(status=status)), date(2026, 11, 2))
    assert (day == NEVER) == (status not in ("planned", "in_progress"))


def test_steps_are_those_of_the_contract() -> None:
    """In its order: partners' table of who is told names the same."""
    assert (*(rule.name for rule in RULES), WEEKLY) == STEPS
    assert all(rule.happened == DUE_SOON for rule in RULES if rule.days < 0)


def test_every_day_of_a_rule_is_a_working_day() -> None:
    """Over three years, for each rule."""
    days = (date(2026, 1, 1) + timedelta(days=n) for n in range(3 * 365))
    assert all(is_working_day(day_of(rule.days, day)) for day in days for rule in RULES)
