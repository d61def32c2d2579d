"""Indicators, criteria and results: what counts, what is met, what may be told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.projects.domain.criteria import states
from services.projects.domain.figures import Figure
from services.projects.domain.indicators import MOST_MEASUREMENTS, measured, met
from services.projects.domain.snapshots import results_data
from shared.areas import subdistricts
from shared.errors import Conflict
from tests.unit.projects.examples import (
    NOON,
    TODAY,
    WORDS,
    at_least,
    covering,
    indicator,
    measurement,
    milestone,
)

EARLIER = date(2026, 10, 20)


def test_the_newest_day_is_the_value_and_the_last_word_on_a_day_counts() -> None:
    given = indicator(measurement(31), measurement(12, EARLIER), measurement(32))
    assert given.value == 32


def test_without_a_readable_measurement_there_is_no_value() -> None:
    """What the source misprints is never the value, however new it is."""
    misprint = measurement(None, figure=Figure(None, as_written="15,330,09"))
    assert misprint.figure.malformed
    assert indicator(misprint).value is None
    assert indicator(measurement(12, EARLIER), misprint).value == 12


def test_areas_of_all_measurements_add_up() -> None:
    given = indicator(measurement(1, areas=("5101", "510112")), measurement(2, areas=("510201",)))
    assert len(given.covered) == 15 + 1


@pytest.mark.parametrize(
    ("direction", "value", "target", "expected"),
    [
        ("at_least", 50, 50, True),
        ("at_least", 49.99, 50, False),
        ("at_most", 50, 50, True),
        ("at_most", 51, 50, False),
        ("at_least", None, 50, False),
        ("at_least", 50, None, False),
    ],
)
def test_a_target_is_met_in_the_indicators_direction(
    direction: str, value: float | None, target: float | None, expected: bool
) -> None:
    assert met(direction, value, target) is expected


def test_a_criterion_without_a_value_takes_the_indicators_target() -> None:
    (state,) = states((at_least(),), {"sessions": indicator(measurement(50))})
    assert (state.met, state.value, state.target) == (True, 50, 50)


def test_a_criterion_whose_indicator_is_gone_is_not_met() -> None:
    assert [state.met for state in states((at_least(3), covering("51")), {})] == [False, False]


def test_all_sub_districts_are_covered_by_the_province_or_by_all_of_them() -> None:
    whole = indicator(measurement(1, areas=("51",)))
    parts = indicator(*(measurement(1, areas=(code,)) for code in subdistricts()))
    short = indicator(*(measurement(1, areas=(code,)) for code in subdistricts()[1:]))
    for given, missing in ((whole, ()), (parts, ()), (short, (subdistricts()[0],))):
        (state,) = states((covering("51"),), {"sessions": given})
        assert state.areas == missing
        assert state.met == (not missing)


def test_an_indicator_holds_only_so_many_measurements() -> None:
    full = indicator(*(measurement(n, TODAY - timedelta(days=n)) for n in range(MOST_MEASUREMENTS)))
    with pytest.raises(Conflict) as refused:
        measured(full, measurement(0.5))
    assert refused.value.code == "too-many-measurements"


def test_results_are_those_of_the_criteria() -> None:
    """50 of 50 sessions and 51 of 51 sub-districts, each with its unit."""
    known = {"sessions": indicator(measurement(50, areas=("51",))), "other": indicator(measurement(1))}
    lines = results_data(milestone(criteria=(at_least(), covering("51"))), known, WORDS)
    assert [(line["label"]["th"], line["value"], line["target"], line["unit"]["th"]) for line in lines] == [
        ("อบรมคัดแยกขยะ", 50, 50, "ครั้ง"),
        ("พื้นที่ที่ครอบคลุม", 51, 51, "ตำบล"),
    ]


def test_without_criteria_results_are_the_projects_indicators() -> None:
    known = {"sessions": indicator(measurement(46))}
    (line,) = results_data(milestone(), known, WORDS)
    assert (line["value"], line["target"], line["met"]) == (46, 50, False)


@pytest.mark.parametrize(
    "hidden",
    [
        indicator(measurement(50), public=False),
        indicator(),
        indicator(measurement(50), target=None),
        indicator(measurement(50, figure=Figure(50, "more_than"))),
        indicator(measurement(None, figure=Figure(None, as_written="๕๐"))),
    ],
    ids=["not public", "never measured", "no target", "more than", "malformed"],
)
def test_a_figure_that_may_not_or_cannot_be_told_is_left_out(hidden: object) -> None:
    assert results_data(milestone(), {"sessions": hidden}, WORDS) == []  # type: ignore[dict-item]  # by design


def test_measurements_of_one_moment_keep_their_order() -> None:
    """Two of the same day and instant: the one stored last."""
    first, second = measurement(1, recorded_at=NOON), measurement(2, recorded_at=NOON)
    assert indicator(first, second).value == 2
