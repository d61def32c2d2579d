"""What makes an alert untrue, and who may see what."""

from datetime import timedelta
from itertools import permutations

import pytest

from services.notifications.domain.subjects import (
    DUE_SOON,
    OVERDUE,
    RECALLED,
    RESCHEDULED,
    Alert,
    Milestone,
    Overtaken,
    due_at,
    last_word,
    visible_reasons,
)
from shared.contracts.projects import STEPS
from tests.unit.notifications.scenes import NOW, reason

EARLIER = Alert("p:4", RESCHEDULED, 4, NOW - timedelta(days=1))
NEWER = Alert("p:5", "projects.milestone.reached.v1", 5, NOW + timedelta(seconds=123))


def test_the_newest_alert_of_a_milestone_stands() -> None:
    """What is newer makes the older one untrue; it itself stands."""
    milestone = Milestone((EARLIER, NEWER))
    assert milestone.overtaken("p:4", 4) == Overtaken("reached", NEWER.firm_at)
    assert milestone.overtaken("p:5", 5) is None


def test_a_recalled_alert_is_untrue_and_the_one_before_it_stands_again() -> None:
    """What was rescheduled is still rescheduled when the report that followed is taken back."""
    milestone = Milestone((EARLIER, NEWER), frozenset({"p:5"}))
    assert milestone.overtaken("p:5", 5) == Overtaken("recalled", None)
    assert milestone.overtaken("p:4", 4) is None


def test_the_order_of_arrival_does_not_matter() -> None:
    """Every order of the same alerts says the same."""
    answers = {Milestone(order).overtaken("p:4", 4) for order in permutations((EARLIER, NEWER))}
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("hold", "recorded_after", "due_after"),
    [(0, 0, 0), (0, 30, 30), (120, 1, 123), (120, 600, 610), (5, 600, 605)],
)
def test_an_alert_waits_for_its_hold_and_for_a_recall_that_is_queued_behind_it(
    hold: int, recorded_after: int, due_after: int
) -> None:
    """With a hold: three seconds more than it, and at least ten (or the hold) after it was recorded."""
    due = due_at(NOW, hold, NOW + timedelta(seconds=recorded_after))
    assert due == NOW + timedelta(seconds=due_after)


@pytest.mark.parametrize(
    ("visibility", "code", "kinds", "visible"),
    [
        ("public", "subscriber", ("media",), True),
        ("partners", "subscriber", ("media",), False),
        ("partners", "subscriber", ("media", "community"), True),
        ("partners", "told_before", ("chamber",), True),
        ("partners", "head", (), True),
        ("internal", "sponsor", ("csr_donor",), False),
        ("internal", "secretariat", (), True),
    ],
)
def test_visibility_is_by_role_and_kind(
    visibility: str, code: str, kinds: tuple[str, ...], visible: bool
) -> None:
    """`internal` reaches only the province's own roles, `partners` never media alone."""
    given = {**reason(code), "kinds": list(kinds)}
    assert bool(visible_reasons(visibility, [given])) is visible


def test_only_the_visible_reasons_of_a_contact_are_kept() -> None:
    """The mail must not name a reason that the present visibility hides."""
    kept = visible_reasons("internal", [reason("sponsor"), reason("coordinator")])
    assert [each["code"] for each in kept] == ["coordinator"]


def test_the_last_word_of_a_type_is_what_happened() -> None:
    """projects.milestone.recalled.v1 → recalled."""
    assert last_word(RECALLED) == "recalled"


def by_time(version: int, event_type: str, *steps: str) -> Alert:
    return Alert(f"m:{version}", event_type, version, NOW, steps)


REPORT = Alert("p:9", RESCHEDULED, 9, NOW)
WARNING, LATER_WARNING = by_time(3, DUE_SOON, "due_7"), by_time(4, DUE_SOON, "due_1")
DAY_1, DAY_8 = by_time(5, OVERDUE, "overdue_1"), by_time(6, OVERDUE, "overdue_8")
WEEK_1, WEEK_2 = by_time(7, OVERDUE, "overdue_weekly"), by_time(8, OVERDUE, "overdue_weekly")
EARLIER_REPORT = Alert("p:2", RESCHEDULED, 2, NOW)


@pytest.mark.parametrize(
    ("older", "newer", "by"),
    [
        (WARNING, REPORT, "rescheduled"),  # reached, rescheduled, cancelled: no longer due
        (DAY_8, REPORT, "rescheduled"),
        (EARLIER_REPORT, WARNING, None),  # it is still rescheduled, whatever time makes of it
        (EARLIER_REPORT, WEEK_1, None),
        (WARNING, LATER_WARNING, "due_soon"),  # not 7 days any more
        (LATER_WARNING, DAY_1, "overdue"),
        (DAY_1, DAY_8, None),  # the head is told, not the coordinator again
        (DAY_1, WEEK_1, "overdue"),  # who hears of it every week needs no old one
        (WEEK_1, WEEK_2, "overdue"),
    ],
)
def test_what_time_makes_ends_what_it_makes_untrue_and_no_report(
    older: Alert, newer: Alert, by: str | None
) -> None:
    """A reminder that is still waiting when it is no longer true is not sent."""
    found = Milestone((newer, older)).overtaken(older.event_id, older.version)
    assert (found and found.by) == by
    assert Milestone((newer, older)).overtaken(newer.event_id, newer.version) is None


def test_a_report_that_is_recalled_lets_the_reminder_stand() -> None:
    """Reported by mistake: it is overdue still."""
    milestone = Milestone((DAY_8, REPORT), frozenset({REPORT.event_id}))
    assert milestone.overtaken(DAY_8.event_id, DAY_8.version) is None


def test_the_weekly_step_is_one_of_the_contract() -> None:
    """By the name that projects give it."""
    assert STEPS[-1] in WEEK_1.steps
