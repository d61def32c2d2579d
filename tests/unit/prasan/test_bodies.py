"""Each seed item becomes a request that says what the file says, with ids for keys."""

from __future__ import annotations

from typing import Any

import pytest

from prasan.seed import bodies
from prasan.seed.reading import Seed, read_seed


class EveryId(dict[tuple[str, str], str]):
    """An id for whatever is asked for: `kind:key`."""

    def __missing__(self, kind_and_key: tuple[str, str]) -> str:
        return ":".join(kind_and_key)


IDS = EveryId()


@pytest.fixture
def seed() -> Seed:
    return read_seed()


def one(items: Any, key: str) -> Any:
    return next(item for item in items if item["key"] == key)


def test_the_malformed_figure_goes_without_a_value_but_with_its_words(seed: Seed) -> None:
    """The service is told null and the words as they stand, never a number."""
    (item,) = one(seed.indicators, "wet-waste-free/cost-saved")["measurements"]
    body = bodies.measurement(item)
    assert body["value"] is None and body["as_written"] == "15,330,09"
    assert body["provenance"]["kind"] == "source" and "15,330,09" in body["provenance"]["quote"]


def test_a_lower_bound_stays_one(seed: Seed) -> None:
    """กว่า 2,000 ล้านบาท is sent as more than 2,000."""
    (item,) = one(seed.indicators, "craft-sales/handicraft")["measurements"]
    assert bodies.measurement(item)["comparison"] == "more_than"


def test_an_unknown_baseline_is_no_baseline(seed: Seed) -> None:
    """Where nothing is known, no figure is sent, rather than one of null."""
    body = bodies.indicator(one(seed.indicators, "craft-sales/share"))
    assert body["baseline"] is None and body["target"] is None


def test_a_project_names_its_coordinator_by_the_subject_of_their_token(seed: Seed) -> None:
    """Whoever signs in as phimchai owns what phimchai coordinates."""
    item = seed.project("clean-province")
    body = bodies.project(item, seed.coordinator(item["coordinator"]), IDS)
    assert body["coordinator"]["id"] == "phimchai" and body["programme_id"] == "programmes:eco-town"


def test_only_historic_milestones_come_with_a_result(seed: Seed) -> None:
    """Everything else is planned, and reported by somebody: so seeding alerts nobody."""
    for item in seed.milestones:
        body = bodies.milestone(item, IDS)
        assert ("status" in body) == item["historic"]


def test_criteria_name_indicators_by_their_ids(seed: Seed) -> None:
    """50 sessions, and every sub-district."""
    at_least, covered = bodies.milestone(one(seed.milestones, "clean-province/training-50"), IDS)["criteria"]
    assert at_least == {
        "kind": "indicator_at_least",
        "indicator_id": "indicators:clean-province/sessions",
        "value": 50,
        "areas": [],
    }
    assert covered["areas"] == ["51"] and covered["value"] is None


def test_a_contact_without_a_basis_has_none(seed: Seed) -> None:
    """No basis is sent as no basis, not as a default."""
    assert bodies.contact(one(seed.contacts, "bank"), IDS)["lawful_bases"] == {}
    assert bodies.contact(one(seed.contacts, "kamonwan"), IDS)["lawful_bases"]["alerts"]["basis"] == "consent"


def test_a_subscription_names_only_what_it_asks_for(seed: Seed) -> None:
    """An empty facet means any, and is left out."""
    everything = bodies.subscription(one(seed.subscriptions, "radio-everything"), IDS)
    assert everything["facets"] == {}
    pao = bodies.subscription(one(seed.subscriptions, "pao-all-districts"), IDS)
    assert pao["facets"] == {"area": ["51"], "event_type": ["milestone.reached"]}
