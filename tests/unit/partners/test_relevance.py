"""The table of who hears of what says what the design says."""

from __future__ import annotations

import pytest

from services.partners.domain.relevance import (
    ALERTS,
    RELEVANCE,
    SUBSCRIBABLE,
    Told,
    as_markdown,
    full_type,
    has_audience,
    short_type,
)
from shared.contracts.facets import ROLES
from shared.contracts.partners import REASONS
from shared.contracts.projects import STEPS
from shared.contracts.registry import EVENT_TYPES
from shared.messaging.reconciler import WITH_AUDIENCE
from shared.preferences import DAILY, IMMEDIATE, NEVER, WAYS, WEEKLY

PROJECT_EVENTS = {short_type(name): name for name in EVENT_TYPES if name.startswith("projects.")}


def test_every_row_is_an_event_that_exists_and_every_reason_one_of_the_contract() -> None:
    """The table names nothing that could never happen."""
    assert set(RELEVANCE) <= set(PROJECT_EVENTS)
    assert {reason for row in RELEVANCE.values() for reason in row.reasons} <= set(REASONS)


@pytest.mark.parametrize("event", [name for name in ALERTS if not RELEVANCE[name].steps])
def test_an_alert_reaches_every_role_the_jppcc_and_subscribers(event: str) -> None:
    """Reached, rescheduled, cancelled and corrected are for all who have a part or asked."""
    assert RELEVANCE[event].reasons >= {*ROLES, "jppcc", "subscriber"}


def test_only_a_correction_reaches_whoever_was_told_before() -> None:
    """Nothing else goes to people for what they heard once."""
    assert [name for name, row in RELEVANCE.items() if "told_before" in row.reasons] == [
        "milestone.corrected"
    ]


def test_cancelled_corrected_and_what_time_makes_go_at_once() -> None:
    """They wait for no digest."""
    assert {name for name, row in RELEVANCE.items() if row.told is Told.AT_ONCE} == {
        "milestone.cancelled",
        "milestone.corrected",
        "milestone.due_soon",
        "milestone.overdue",
    }


@pytest.mark.parametrize(
    ("event", "steps", "told"),
    [
        ("milestone.due_soon", ["due_30"], {"coordinator"}),
        ("milestone.due_soon", ["due_7"], {"coordinator", "implementer"}),
        ("milestone.due_soon", ["due_1"], {"coordinator", "implementer"}),
        ("milestone.overdue", ["overdue_1"], {"coordinator"}),
        ("milestone.overdue", ["overdue_8"], {"head"}),
        ("milestone.overdue", ["overdue_15"], {"secretariat"}),
        ("milestone.overdue", ["overdue_weekly"], {"coordinator", "head", "secretariat"}),
        ("milestone.overdue", ["overdue_1", "overdue_8"], {"coordinator", "head"}),
        ("milestone.overdue", ["overdue_of_tomorrow"], set()),
        ("milestone.overdue", [], {"coordinator", "head", "secretariat"}),
        ("milestone.reached", [], set(RELEVANCE["milestone.reached"].reasons)),
    ],
)
def test_what_time_makes_reaches_whom_its_day_is_for(event: str, steps: list[str], told: set[str]) -> None:
    """And what stands for several days, all of them; no sponsor or subscriber is ever reminded."""
    assert RELEVANCE[event].on(steps) == told


def test_the_steps_are_those_of_the_contract() -> None:
    """Every day that projects may name has its row, and no other."""
    named = [step for row in RELEVANCE.values() for step in row.steps]
    assert tuple(named) == STEPS
    for row in RELEVANCE.values():
        assert not row.steps or row.on(row.steps) == row.reasons


def test_recalled_and_updated_reach_nobody_but_have_a_page() -> None:
    """The sender must learn that an alert was taken back or that a project is no longer visible."""
    for name in ("milestone.recalled", "milestone.updated", "project.updated"):
        assert RELEVANCE[name].reasons == frozenset()
        assert has_audience(PROJECT_EVENTS[name], historic=False)


def test_what_is_historic_has_no_audience() -> None:
    """Last year's results, entered or imported, tell nobody anything."""
    assert not any(has_audience(name, historic=True) for name in PROJECT_EVENTS.values())


@pytest.mark.parametrize(
    "event", ["milestone.planned", "milestone.started", "project.created", "indicator.defined"]
)
def test_other_events_have_no_audience(event: str) -> None:
    """Plans tell nobody anything."""
    assert not has_audience(PROJECT_EVENTS[event], historic=False)


def test_what_is_told_how_is_what_may_be_chosen() -> None:
    """The sender's ways and this table say the same: digests only, at once, or as the contact chose."""
    told = {Told.IN_DIGEST: {DAILY, WEEKLY, NEVER}, Told.AT_ONCE: {IMMEDIATE, NEVER}}
    told[Told.AS_CHOSEN] = told[Told.IN_DIGEST] | told[Told.AT_ONCE]
    chosen = {name: row for name, row in RELEVANCE.items() if "subscriber" in row.reasons}

    assert {name: told[row.told] for name, row in chosen.items()} == {
        n: set(ways) for n, ways in WAYS.items()
    }


def test_the_reconciler_looks_for_the_audiences_that_are_made() -> None:
    """Whoever compares expects an audience of exactly the events that get one."""
    assert {full_type(name) for name in RELEVANCE} == set(WITH_AUDIENCE)


def test_subscribers_may_ask_for_what_subscribers_hear_of() -> None:
    """The choice of event types is the table's own."""
    assert set(SUBSCRIBABLE) == {name for name, row in RELEVANCE.items() if "subscriber" in row.reasons}


def test_the_documentation_shows_every_row() -> None:
    """The printed table has a line for each event and a header of two lines."""
    lines = as_markdown().splitlines()

    assert len(lines) == len(RELEVANCE) + 2
    assert {line.count("|") for line in lines} == {8}
