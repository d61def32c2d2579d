"""A preview says what recording would store, for an event that has not happened, and stores nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.errors import Invalid, NotFound
from tests.integration.partners.world import MANAGER, World
from tests.unit.partners.occasions import event_data


def preview(world: World, event_type: str = "milestone.reached", **given: Any) -> dict[str, Any]:
    """Everybody concerned, in one page."""
    asked = {"event_type": event_type, **(given or {"milestone_id": "milestone"})}
    return world.use_cases.previewer.preview(asked, None, 200)


def told(answer: dict[str, Any]) -> dict[str, list[str]]:
    """contact id → reason codes."""
    relevant = [item for item in answer["items"] if item["relevant"]]
    return {item["contact_id"]: [reason["code"] for reason in item["reasons"]] for item in relevant}


@pytest.fixture
def world_with_people(world: World) -> World:
    """A planned milestone, a subscriber in each state, and a sponsor."""
    partner, sponsor = world.partner(), world.partner("csr_donor")
    world.subscribe(partner, mission=[5])
    world.engage(sponsor)
    for given in ({}, {"unsubscribed": True}, {"lawful_bases": {}}, {"address": "a@example.org"}):
        world.contact(partner, **given)
    world.contact(sponsor, partner)
    world.handle(world.event("milestone.planned"))
    return world


def test_what_was_previewed_is_what_happens(world_with_people: World) -> None:
    """The same people by the same reasons, the same left out for the same why."""
    world = world_with_people
    before = preview(world)
    event = world.event()

    world.handle(event)

    assert told(before) == world.told(event)
    left_out = {item["contact_id"]: item["why_not"] for item in before["items"] if not item["relevant"]}
    assert left_out == world.left_out(event)
    assert (before["relevant"], before["left_out"]) == (3, {"unsubscribed": 1, "no_lawful_basis": 1})


def test_a_preview_stores_nothing(world_with_people: World) -> None:
    """No page, no head, no event, no projection."""
    world = world_with_people
    names = world.database.list_collection_names()
    before = {name: list(world.database[name].find()) for name in names}

    preview(world)
    preview(world, "milestone.cancelled", data=event_data())

    assert {name: list(world.database[name].find()) for name in names} == before


def test_a_snapshot_that_was_given_comes_before_what_is_known(world_with_people: World) -> None:
    """What would happen if the project became internal first?"""
    answer = preview(world_with_people, data=event_data(project={"visibility": "internal"}))

    assert (answer["visibility"], answer["relevant"]) == ("internal", 0)
    assert answer["left_out"] == {"not_visible": 5}


def test_a_new_milestone_of_a_known_project_can_be_previewed(world_with_people: World) -> None:
    """It has no id yet."""
    answer = preview(world_with_people, project_id="project")

    assert (answer["milestone_id"], answer["relevant"]) == (None, 3)


def test_when_names_the_hold_quiet_hours_and_who_is_told_by_hand(world: World) -> None:
    """12:00 in Lamphun, two minutes of hold."""
    partner = world.partner()
    world.subscribe(partner)
    now = world.clock.now()
    by_hand = world.contact(partner)["id"]
    soon = world.contact(partner, address="soon@example.org")["id"]
    quiet = {"quiet_hours": {"start": 12, "end": 13}}
    later = world.contact(partner, address="later@example.org", preferences=quiet)["id"]

    answer = preview(world, data=event_data())

    assert {item["contact_id"]: (item["when"]["how"], item["when"]["at"]) for item in answer["items"]} == {
        by_hand: ("by_hand", None),
        soon: ("after_hold", now + timedelta(minutes=2)),
        later: ("after_quiet_hours", now + timedelta(hours=1)),
    }


def test_a_correction_would_reach_whoever_was_told_but_not_of_what_was_recalled(world: World) -> None:
    """The milestone's own past says who that is."""
    first, second = world.partner(), world.partner()
    one, other = world.contact(first)["id"], world.contact(second)["id"]
    subscription = world.subscribe(first)
    kept = world.event("milestone.rescheduled")
    world.handle(kept)
    world.use_cases.subscriptions.end(subscription["id"], 1, partner_id=first)
    subscription = world.subscribe(second)
    recalled = world.event("milestone.reached")
    world.handle(recalled)
    world.handle(world.event("milestone.recalled", concerns=[recalled.id]))
    world.use_cases.subscriptions.end(subscription["id"], 1, partner_id=second)

    answer = preview(world, "milestone.corrected")

    assert told(answer) == {one: ["told_before"]}
    assert other not in {item["contact_id"] for item in answer["items"]}


def test_somebody_erased_is_in_no_preview(world_with_people: World) -> None:
    """Not even as somebody left out."""
    world = world_with_people
    somebody = next(iter(told(preview(world))))
    world.use_cases.forgetting.erase(somebody, 1, MANAGER)

    assert somebody not in {item["contact_id"] for item in preview(world)["items"]}


def test_what_is_not_known_cannot_be_previewed(world: World) -> None:
    """An unknown milestone, an unknown project, and data that break their contract."""
    for given in ({"milestone_id": "unknown"}, {"project_id": "unknown"}):
        with pytest.raises(NotFound):
            preview(world, **given)
    with pytest.raises(Invalid) as refused:
        preview(world, data={**event_data(), "hold_seconds": "soon"})

    assert [error.field for error in refused.value.errors] == ["/data/hold_seconds"]
