"""The milestone's table: what each command makes of a milestone, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.projects.domain.criteria import states
from services.projects.domain.milestones import MOVES, STATUSES
from services.projects.domain.projects import Project
from services.projects.domain.reporting import Reported, reported
from services.projects.domain.texts import Text
from shared.errors import Conflict, Invalid, NotFound
from tests.unit.projects.examples import (
    HOLD,
    NOON,
    TODAY,
    at_least,
    covering,
    indicator,
    measurement,
    milestone,
    project,
    report,
)

WHY = Text("ขยายเวลารับผลงาน")
LATER = date(2026, 12, 15)
SAID = {
    "start": report(),
    "reach": report(reached_on=TODAY),
    "reschedule": report(due_date=LATER, reason=WHY),
    "cancel": report(reason=WHY),
    "correct": report(reason=WHY),
}
ALLOWED = {
    ("start", "planned"): "in_progress",
    ("reach", "planned"): "reached",
    ("reach", "in_progress"): "reached",
    ("reschedule", "planned"): "planned",
    ("reschedule", "in_progress"): "in_progress",
    ("cancel", "planned"): "cancelled",
    ("cancel", "in_progress"): "cancelled",
    ("correct", "reached"): "reached",
    ("correct", "cancelled"): "cancelled",
}


def done(project: Project, command: str, **said: object) -> Reported:
    """The command carried out on the project's only milestone."""
    result = reported(project, project.milestones[0].id, command, report(**said))
    assert result is not None
    return result


def refusal(kind: type[Exception], project: Project, command: str, **said: object) -> Exception:
    with pytest.raises(kind) as refused:
        done(project, command, **said)
    return refused.value


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("command", SAID)
def test_each_command_does_what_the_table_says_and_nothing_else(command: str, status: str) -> None:
    """Every command from every status leads where the table says, or is refused with a stable code."""
    given = project(milestone(status=status))
    if (command, status) in ALLOWED:
        result = reported(given, "training-50", command, SAID[command])
        assert result is not None
        assert result.milestone.status == ALLOWED[command, status]
    else:
        with pytest.raises(Conflict):
            reported(given, "training-50", command, SAID[command])


def test_a_change_of_a_milestone_is_one_version_of_its_project() -> None:
    """The milestone's version is its project's, so that it equals the version of its event."""
    result = done(project(), "reach")
    assert result.project.version == result.milestone.version == 3
    assert result.project.milestones == (result.milestone,)


def test_reporting_twice_says_that_it_is_reached_already() -> None:
    once = done(project(), "reach").project
    error = refusal(Conflict, once, "reach")
    assert isinstance(error, Conflict)
    assert error.code == "milestone-already-reached"


def test_an_unknown_milestone_is_not_found() -> None:
    with pytest.raises(NotFound):
        reported(project(), "unknown", "reach", report())


def test_without_a_day_it_was_reached_today() -> None:
    assert done(project(), "reach").milestone.reached_on == TODAY


def test_a_late_entry_keeps_the_day_on_which_it_happened() -> None:
    """What was reached before the project even started may be entered late."""
    assert done(project(), "reach", reached_on=date(2025, 3, 1)).milestone.reached_on == date(2025, 3, 1)


def test_nothing_is_reached_in_the_future() -> None:
    error = refusal(Invalid, project(), "reach", reached_on=TODAY + timedelta(days=1))
    assert isinstance(error, Invalid)
    assert [(e.field, e.code) for e in error.errors] == [("/reached_on", "date-in-the-future")]


def test_a_rescheduled_date_has_to_differ() -> None:
    error = refusal(Invalid, project(), "reschedule", due_date=date(2026, 11, 30), reason=WHY)
    assert isinstance(error, Invalid)
    assert error.errors[0].code == "same-due-date"


@pytest.mark.parametrize("day", [LATER, date(2026, 11, 25)], ids=["later", "brought forward"])
def test_rescheduling_goes_both_ways(day: date) -> None:
    result = done(project(), "reschedule", due_date=day, reason=WHY)
    assert (result.milestone.due_date, result.milestone.reason, result.happened) == (day, WHY, "rescheduled")


def test_unmet_criteria_are_listed_with_what_is_missing() -> None:
    """46 of 50 trainings and one district of eight: both are named, with figures."""
    known = {"sessions": indicator(measurement(46, areas=("5101",)))}
    given = milestone(criteria=(at_least(), covering("51")))
    found = states(given.criteria, known)
    error = refusal(Conflict, project(given), "reach", states=found)
    assert isinstance(error, Conflict)
    assert error.code == "criteria-unmet"
    assert [(e.field, e.code) for e in error.errors] == [
        ("/criteria/0", "indicator-below-target"),
        ("/criteria/1", "areas-uncovered"),
    ]
    first, second = (e.params or {} for e in error.errors)
    assert (first["value"], first["target"]) == ("46", "50")
    assert (second["value"], second["target"]) == ("15", "51")
    assert "510101" not in second["areas"]
    assert "510201" in second["areas"]


def test_unmet_criteria_can_be_confirmed_and_that_is_stored() -> None:
    found = states((at_least(),), {"sessions": indicator(measurement(46))})
    result = done(project(milestone(criteria=(at_least(),))), "reach", states=found, confirm_unmet=True)
    confirmed = result.milestone.confirmed
    assert confirmed is not None
    assert (confirmed.by, confirmed.at) == ("phimchai", NOON)
    assert [(u.value, u.target) for u in confirmed.unmet] == [(46, 50)]


def test_confirming_what_is_met_stores_no_confirmation() -> None:
    found = states((at_least(),), {"sessions": indicator(measurement(50))})
    result = done(project(milestone(criteria=(at_least(),))), "reach", states=found, confirm_unmet=True)
    assert result.milestone.confirmed is None


def test_an_alert_is_remembered_with_the_end_of_its_hold() -> None:
    alert = done(project(), "reach").alert
    assert alert is not None
    assert (alert.event_id, alert.hold_until) == ("clean-province:3", NOON + HOLD)


def test_what_is_historic_alerts_nobody() -> None:
    result = done(project(milestone(historic=True)), "reach")
    assert result.alert is None
    assert result.milestone.alerts == ()


def test_a_recall_within_the_hold_restores_what_was_before() -> None:
    """Status, dates and texts are as they were; the alert stays in the list, marked recalled."""
    reached = done(project(milestone(status="in_progress")), "reach", note=WHY)
    recalled = done(reached.project, "recall", now=NOON + timedelta(seconds=119))
    assert recalled.milestone.status == "in_progress"
    assert (recalled.milestone.reached_on, recalled.milestone.note) == (None, None)
    assert [alert.recalled for alert in recalled.milestone.alerts] == [True]
    assert recalled.concerns == ("clean-province:3",)
    assert recalled.milestone.version == 4


def test_after_the_hold_a_recall_is_too_late() -> None:
    reached = done(project(), "reach")
    error = refusal(Conflict, reached.project, "recall", now=NOON + HOLD)
    assert isinstance(error, Conflict)
    assert error.code == "hold-passed"


@pytest.mark.parametrize("commands", [(), ("start",), ("reschedule", "start"), ("reach", "recall")])
def test_there_is_nothing_to_recall_unless_the_alert_is_the_last_word(commands: tuple[str, ...]) -> None:
    given = project()
    for command in commands:
        given = done(given, command, due_date=LATER, reason=WHY).project
    error = refusal(Conflict, given, "recall")
    assert isinstance(error, Conflict)
    assert error.code == "nothing-to-recall"


def test_a_correction_concerns_every_alert_that_stands() -> None:
    """Rescheduled, recalled, rescheduled, reached: the recalled one was never said."""
    given = project()
    for command in ("reschedule", "recall", "reschedule", "reach"):
        given = done(given, command, due_date=LATER, reason=WHY).project
    corrected = done(given, "correct", reached_on=date(2026, 11, 20), reason=WHY)
    assert corrected.concerns == ("clean-province:5", "clean-province:6")
    assert corrected.milestone.reached_on == date(2026, 11, 20)


def test_a_correction_may_open_a_milestone_again() -> None:
    """It was not reached after all: the day and the confirmation go."""
    reached = done(project(), "reach").project
    corrected = done(reached, "correct", status="in_progress", reason=WHY).milestone
    assert (corrected.status, corrected.reached_on, corrected.confirmed) == ("in_progress", None, None)


def test_a_correction_cannot_make_a_cancelled_milestone_reached() -> None:
    cancelled = done(project(), "cancel", reason=WHY).project
    error = refusal(Conflict, cancelled, "correct", status="reached", reason=WHY)
    assert isinstance(error, Conflict)
    assert error.code == "status-out-of-reach"


def test_an_open_milestone_can_be_corrected_only_if_somebody_was_told() -> None:
    """A wrong new date that was announced can be set right; a plan is just changed."""
    error = refusal(Conflict, project(), "correct", due_date=LATER, reason=WHY)
    assert isinstance(error, Conflict)
    assert error.code == "nothing-to-correct"
    told = done(project(), "reschedule", due_date=LATER, reason=WHY).project
    assert done(told, "correct", due_date=date(2026, 12, 16), reason=WHY).milestone.due_date.day == 16


def test_a_correction_that_says_the_same_is_refused() -> None:
    cancelled = done(project(), "cancel", reason=WHY).project
    error = refusal(Invalid, cancelled, "correct", reason=WHY)
    assert isinstance(error, Invalid)
    assert error.errors[0].code == "nothing-corrected"


def test_a_day_of_reaching_needs_a_reached_milestone() -> None:
    reached = done(project(), "reach").project
    error = refusal(Invalid, reached, "correct", status="planned", reached_on=TODAY, reason=WHY)
    assert isinstance(error, Invalid)
    assert error.errors[0].code == "not-reached"


def test_amending_with_the_same_words_changes_nothing() -> None:
    given = project()
    plan = {"title": given.milestones[0].title}
    assert reported(given, "training-50", "amend", report(plan=plan)) is None


def test_a_completed_project_opens_no_milestone_again() -> None:
    """Neither a recall nor a correction may leave open work in what is done."""
    reached = done(project(), "reach").project
    completed = replace(reached, status="completed")
    for command, said in (("recall", {}), ("correct", {"status": "planned", "reason": WHY})):
        error = refusal(Conflict, completed, command, **said)
        assert isinstance(error, Conflict)
        assert error.code == "project-already-completed"


def test_the_table_knows_every_status_and_event() -> None:
    """A non-programmer can check the table: names in it are those of the contract."""
    for move in MOVES.values():
        assert set(move.outcomes) <= set(STATUSES)
        assert all(set(after) <= set(STATUSES) for after in move.outcomes.values())
    assert {name for name, move in MOVES.items() if move.alerts} == {
        "reach",
        "reschedule",
        "cancel",
        "correct",
    }
