"""Match keys: what a subscription stores and what an event asks for meet exactly where their facets do."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.partners.domain.facets import (
    FACETS,
    LARGEST_KEYS,
    generalisations,
    key_count,
    known_values,
    match_keys,
    met,
    shape,
)
from shared.areas import areas
from shared.contracts.facets import SECTORS
from tests.unit.partners.occasions import occasion

AREAS = tuple(areas())


def some(values: Any, most: int, least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(list(values)), unique=True, min_size=least, max_size=most)


asked_facets = st.fixed_dictionaries(
    {
        "project": some(["p1", "p2", "p3"], 2),
        "programme": some(["eco-town", "innopolis"], 2),
        "mission": some(range(1, 7), 3),
        "area": some(AREAS, 4),
        "sector": some(SECTORS, 3),
        "event_type": some(["milestone.reached", "milestone.cancelled"], 2),
    }
)
occasions = st.builds(
    occasion,
    project_id=st.sampled_from(["p1", "p2"]),
    programme=st.sampled_from(["eco-town", "innopolis", None]),
    missions=some(range(1, 7), 3).map(tuple),
    areas=some(AREAS, 3).map(tuple),
    sectors=some(SECTORS, 3).map(tuple),
    event_type=st.sampled_from(["milestone.reached", "milestone.cancelled"]),
)


def area_met(wanted: str, happened_in: tuple[str, ...]) -> bool:
    """By the words of the design: a district hears of its sub-districts and of province-wide events."""
    return any(wanted.startswith(place) or place.startswith(wanted) for place in happened_in or ("51",))


def brute_force(asked: dict[str, list[Any]], event: Any) -> bool:
    checks = {
        "project": lambda value: value == event.project_id,
        "programme": lambda value: value == event.programme,
        "mission": lambda value: value in event.missions,
        "area": lambda value: area_met(value, event.areas),
        "sector": lambda value: value in event.sectors,
        "event_type": lambda value: value == event.event_type,
    }
    return all(any(map(checks[facet], asked[facet])) for facet in FACETS if asked[facet])


@given(asked_facets, occasions)
def test_keys_meet_exactly_where_every_named_facet_is_met(asked: dict[str, list[Any]], event: Any) -> None:
    """A stored key equals an asked one if and only if each facet that is not empty meets the event."""
    stored = set(match_keys(asked))
    wanted = set(generalisations(event.facets(), [shape(asked)]))

    assert bool(stored & wanted) == brute_force(asked, event)
    assert (met(asked, known_values(event.facets())) is not None) == brute_force(asked, event)


@given(asked_facets)
def test_the_number_of_keys_is_known_before_they_are_made(asked: dict[str, list[Any]]) -> None:
    """The limit can be checked without making the keys."""
    assert key_count(asked) == len(match_keys(asked)) == len(set(match_keys(asked)))


@given(st.lists(asked_facets, max_size=5), occasions)
def test_asking_only_for_shapes_that_exist_loses_nothing(
    asked: list[dict[str, list[Any]]], event: Any
) -> None:
    """An event that asks for the shapes of all subscriptions finds each that it meets."""
    wanted = set(generalisations(event.facets(), [shape(each) for each in asked]))

    for each in asked:
        assert bool(set(match_keys(each)) & wanted) == brute_force(each, event)


def test_an_empty_subscription_has_one_key_and_meets_everything() -> None:
    """Empty facets mean any."""
    assert match_keys({}) == ["*|*|*|*|*|*"]
    assert met({}, known_values(occasion().facets())) == {}


def test_a_value_given_twice_counts_once() -> None:
    """A repeated value makes no second key."""
    assert key_count({"mission": [5, 5, 5]}) == 1


def test_all_areas_with_all_missions_and_sectors_exceeds_the_limit() -> None:
    """Too broad a list is noticed, where leaving the facet open would have done."""
    asked = {"area": AREAS, "mission": range(1, 7), "sector": SECTORS}

    assert key_count(asked) > LARGEST_KEYS


def test_what_met_names_only_the_values_that_met() -> None:
    """A reason says which of the asked values it was."""
    asked = {"area": ["5101", "5102"], "mission": [4, 5]}

    assert met(asked, known_values(occasion().facets())) == {"area": ["5101"], "mission": [5]}


def test_an_unknown_area_meets_nobody_who_asked_for_a_place() -> None:
    """A code that the province does not have is not taken for the whole province."""
    assert met({"area": ["5101"]}, known_values(occasion(areas=("519999",)).facets())) is None
