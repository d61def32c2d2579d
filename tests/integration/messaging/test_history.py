"""History ∪ outbox: nothing that happened is hidden while the broker is down."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database as MongoDatabase

from shared.contracts.envelope import Event
from shared.messaging.history import History
from tests.integration.messaging.samples import NOON

PROJECT = "01J0000000000000000000000P"


def said(aggregate: str, version: int, *, minutes: int = 0, **data: Any) -> Event:
    return Event(
        id=f"{aggregate}:{version}",
        type="projects.milestone.reached.v1",
        source="prasan/projects",
        subject="milestones/m",
        time=NOON + timedelta(minutes=minutes),
        version=version,
        data=data or {"project": {"id": PROJECT}},
    )


@pytest.fixture
def history(database: MongoDatabase[Any]) -> History:
    history = History(database, ["projects", "indicators"])
    history.ensure_indexes()
    return history


def wait_in_outbox(database: MongoDatabase[Any], collection: str, *events: Event) -> None:
    database[collection].insert_one({"version": 1, "outbox": [event.to_dict() for event in events]})


def ids(events: list[Event]) -> list[str]:
    return [event.id for event in events]


def test_published_and_waiting_events_are_one_history(history: History, database: MongoDatabase[Any]) -> None:
    """In the order of versions, each once, even while an event is in both places."""
    history.record([said("p", 1), said("p", 2)], NOON)
    wait_in_outbox(database, "projects", said("p", 2), said("p", 4), said("p", 3))
    wait_in_outbox(database, "projects", said("q", 1, project={"id": "another"}))
    assert ids(history.of_project(PROJECT)) == ["p:1", "p:2", "p:3", "p:4"]


def test_a_projects_history_has_its_indicators_among_it(
    history: History, database: MongoDatabase[Any]
) -> None:
    """Versions order one aggregate, time orders aggregates, and clocks that differ mislead neither."""
    history.record([said("p", 1, minutes=0), said("p", 2, minutes=5), said("p", 3, minutes=4)], NOON)
    wait_in_outbox(
        database, "indicators", said("i", 1, minutes=2, project_id=PROJECT), said("j", 1, project_id="other")
    )
    assert ids(history.of_project(PROJECT)) == ["p:1", "i:1", "p:2", "p:3"]


def test_recording_twice_is_recording_once(history: History, database: MongoDatabase[Any]) -> None:
    """Another content under the same id is kept aside and named."""
    assert history.record([said("p", 1), said("p", 2)], NOON) == []
    assert history.record([said("p", 2), said("p", 3)], NOON) == []
    changed = dataclasses.replace(said("p", 3), data={"project": {"id": PROJECT}, "note": "อื่น"})
    assert history.record([changed, said("p", 4)], NOON) == ["p:3"]
    assert database["events"].count_documents({}) == 5
    found = history.get("p:3")
    assert found is not None
    assert "note" not in found.data


def test_an_event_is_found_wherever_it_is(history: History, database: MongoDatabase[Any]) -> None:
    """Published, waiting, or nowhere."""
    history.record([said("p", 1)], NOON)
    wait_in_outbox(database, "projects", said("p", 2), said("p", 3))
    assert history.get("p:1") == said("p", 1)
    assert history.get("p:3") == said("p", 3)
    assert history.get("p:9") is None


def test_pages_walk_through_types_and_times(history: History) -> None:
    """For whoever compares: each page after the last id of the one before."""
    history.record([said(f"p{i}", 1, minutes=i) for i in range(6)], datetime.now(UTC))
    types = ["projects.milestone.reached.v1"]
    first = history.page(types, limit=4)
    assert ids([*first, *history.page(types, after=first[-1].id)]) == [f"p{i}:1" for i in range(6)]
    assert history.page(["projects.project.created.v1"]) == []
    within = history.page(
        types, older_than=NOON + timedelta(minutes=4), younger_than=NOON + timedelta(minutes=1)
    )
    assert ids(within) == ["p2:1", "p3:1"]
