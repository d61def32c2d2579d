"""Use cases over stores in memory: retries, rivals, and events that fit their contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.projects.application.measuring import Measuring
from services.projects.application.milestones import Milestones
from services.projects.application.once import ATTEMPTS, Key, Order
from services.projects.application.plans import Plans
from services.projects.domain.projects import Project
from services.projects.domain.texts import Text
from shared.auth import Caller
from shared.errors import (
    Conflict,
    IdempotencyMismatch,
    Invalid,
    NotFound,
    PreconditionFailed,
    Unavailable,
)
from shared.testing.clock import FixedClock
from tests.unit.projects.examples import HOLD, NOON, PROGRAMME, WORDS, indicator, milestone, project
from tests.unit.projects.memory import MemoryIndicators, MemoryProgrammes, MemoryProjects

WHY = {"th": "เหตุผล", "en": None}


class World:
    """One project of Phimchai's with two milestones, and every use case."""

    def __init__(self, given: Project | None = None) -> None:
        given = given or project(milestone(id="one"), milestone(id="two"), programme_id="eco-town")
        self.projects = MemoryProjects(given)
        self.indicators = MemoryIndicators(indicator())
        self.programmes = MemoryProgrammes(PROGRAMME)
        self.clock = FixedClock(NOON)
        self.milestones = Milestones(
            self.projects,  # type: ignore[arg-type]  # lists are asked of the real one
            self.indicators,
            self.programmes,
            self.clock,
            WORDS,
            HOLD,
        )
        self.plans = Plans(self.projects, self.programmes, self.clock)  # type: ignore[arg-type]  # as above
        self.measuring = Measuring(
            self.projects,  # type: ignore[arg-type]  # as above
            self.indicators,
            self.programmes,
            self.clock,
        )

    def tell(self, name: str, command: str, order: Order, if_match: int = 2, **body: Any) -> Any:
        return self.milestones.report(name, command, body, order, if_match)


def phimchai(key: str | None = None, request: str = "r") -> Order:
    known = Key(key, request) if key else None
    return Order(Caller("phimchai", frozenset({"coordinator"})), known, "00-trace")


def test_a_report_stores_state_event_and_answer_together() -> None:
    world = World()
    reply = world.tell("one", "reach", phimchai("k"))
    (event,) = world.projects.events
    assert (event.id, event.version, event.subject) == ("clean-province:3", 3, "milestones/one")
    assert (event.actor, event.traceparent, event.time) == ("phimchai", "00-trace", NOON)
    assert event.data["project"]["programme"]["title"]["th"] == "ลำพูน ECO TOWN"
    assert event.data["project"]["progress"] == {"milestones": 2, "reached": 1}
    assert event.data["next"]["id"] == "two"
    assert event.data["before"]["status"] == "planned"
    assert event.data["hold_seconds"] == 120
    assert (reply.version, reply.body["event_id"]) == (3, event.id)
    assert world.tell("one", "reach", phimchai("k")) == reply
    assert len(world.projects.events) == 1


def test_the_same_key_for_something_else_is_refused() -> None:
    world = World()
    world.tell("one", "reach", phimchai("k"))
    with pytest.raises(IdempotencyMismatch):
        world.tell("two", "reach", phimchai("k", request="other"))


def test_a_neighbour_who_is_faster_is_met_by_loading_again() -> None:
    """Another milestone was reported between load and store: this report stands on top of it."""
    world = World()

    def neighbour() -> None:
        world.projects.meanwhile = lambda: None
        world.tell("two", "start", phimchai())

    world.projects.meanwhile = neighbour
    reply = world.tell("one", "reach", phimchai())
    assert reply.version == 4
    assert [event.type.split(".")[2] for event in world.projects.events] == ["started", "reached"]


def test_a_rival_on_the_same_milestone_is_a_failed_precondition() -> None:
    world = World()

    def rival() -> None:
        world.projects.meanwhile = lambda: None
        world.tell("one", "start", phimchai())

    world.projects.meanwhile = rival
    with pytest.raises(PreconditionFailed):
        world.tell("one", "reach", phimchai())


def test_the_same_order_twice_at_once_is_one() -> None:
    """The twin was stored between our load and store: its answer is ours."""
    world = World()
    twins = []

    def twin() -> None:
        world.projects.meanwhile = lambda: None
        twins.append(world.tell("one", "reach", phimchai("k")))

    world.projects.meanwhile = twin
    assert world.tell("one", "reach", phimchai("k")) == twins[0]
    assert len(world.projects.events) == 1


def test_a_project_that_changes_without_end_is_busy() -> None:
    world = World()
    changes = []

    def busy() -> None:
        given = world.projects.kept["clean-province"]
        changes.append(given)
        world.projects.kept["clean-province"] = replace(given, version=given.version + 1)

    world.projects.meanwhile = busy
    with pytest.raises(Unavailable):
        world.tell("one", "reach", phimchai())
    assert len(changes) == ATTEMPTS


def test_creation_with_a_key_makes_one() -> None:
    world = World()
    body = {
        "title": {"th": "ก", "en": None},
        "due_date": date(2026, 12, 1),
        "description": None,
        "criteria": [],
        "provenance": None,
    }
    first = world.milestones.plan("clean-province", body, phimchai("k"))
    assert world.milestones.plan("clean-province", body, phimchai("k")) == first
    world.projects.answers["clean-province"].clear()  # fifty others later
    with pytest.raises(Conflict) as refused:
        world.milestones.plan("clean-province", body, phimchai("k"))
    assert refused.value.code == "idempotency-key-expired"
    assert len(world.projects.kept["clean-province"].milestones) == 3


def test_amending_keeps_the_rest_and_says_so() -> None:
    world = World()
    reply = world.milestones.amend("one", {"title": {"th": "ใหม่", "en": None}}, phimchai(), 2)
    assert (reply.version, reply.body["title"]) == (3, {"th": "ใหม่", "en": None})
    again = world.milestones.amend("one", {"title": {"th": "ใหม่", "en": None}}, phimchai(), 3)
    assert again.version == 3
    (event,) = world.projects.events
    assert event.type == "projects.milestone.updated.v1"
    assert event.data["before"]["title"]["th"].startswith("อบรม")


def test_a_criterion_of_another_project_is_refused() -> None:
    world = World()
    with pytest.raises(Invalid):
        world.milestones.amend(
            "one",
            {"criteria": [{"kind": "indicator_at_least", "indicator_id": "x", "value": 1}]},
            phimchai(),
            2,
        )


def test_what_nobody_knows_is_not_found() -> None:
    with pytest.raises(NotFound):
        World().tell("three", "reach", phimchai())


def test_a_recall_names_what_it_takes_back() -> None:
    world = World()
    world.tell("one", "reschedule", phimchai(), due_date=date(2026, 12, 15), reason=Text("เลื่อน"))
    world.clock.advance(119)
    world.tell("one", "recall", phimchai(), if_match=3)
    recalled = world.projects.events[-1]
    assert recalled.data["concerns"] == ["clean-province:3"]
    assert recalled.data["milestone"]["due_date"] == "2026-11-30"
    assert recalled.data["before"]["due_date"] == "2026-12-15"


def test_midnight_in_lamphun_decides_what_today_is() -> None:
    """17:30 UTC on the 23rd is already the 24th there."""
    world = World()
    world.clock.advance(hours=12, minutes=30)
    reply = world.tell("one", "reach", phimchai(), reached_on=date(2026, 11, 24))
    assert reply.body["reached_on"] == "2026-11-24"


def test_measuring_twice_with_one_key_measures_once() -> None:
    world = World()
    body = {
        "value": 46.0,
        "measured_on": date(2026, 11, 18),
        "areas": ["5101"],
        "evidence": None,
        "note": None,
    }
    first = world.measuring.measure("sessions", body, phimchai("k"))
    assert world.measuring.measure("sessions", body, phimchai("k")) == first
    (event,) = world.indicators.events
    assert (event.id, event.data["value"], event.data["areas"]) == ("sessions:2", 46.0, ["5101"])


def test_an_indicator_that_is_not_public_says_no_figures() -> None:
    world = World()
    world.indicators.kept["sessions"] = indicator(public=False)
    body = {
        "value": 46.0,
        "measured_on": date(2026, 11, 18),
        "areas": ["5101"],
        "evidence": None,
        "note": None,
    }
    world.measuring.measure("sessions", body, phimchai())
    data = world.indicators.events[0].data
    assert [data[name] for name in ("value", "target", "baseline", "measured_on", "areas")] == [
        None, None, None, None, []
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("command", "before", "happened"),
    [
        ("start", "planned", "started"),
        ("complete", "in_progress", "completed"),
        ("cancel", "planned", "cancelled"),
    ],
)
def test_a_project_moves_with_an_event(command: str, before: str, happened: str) -> None:
    world = World(project(milestone(status="reached"), status=before))
    body = {"reason": {"th": "เหตุผล", "en": None}} if command == "cancel" else {}
    reply = world.plans.move("clean-province", command, body, phimchai(), 2)
    assert reply.version == 3
    (event,) = world.projects.events
    assert event.type == f"projects.project.{happened}.v1"
    assert event.data["reason"] == body.get("reason")
