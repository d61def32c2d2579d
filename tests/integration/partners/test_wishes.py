"""What a contact wants, said by mail: kept with the contact, newest wish first."""

from __future__ import annotations

from typing import Any

import pytest

from services.partners.application.ports import Record
from shared.contracts.envelope import Event
from shared.contracts.registry import check
from shared.errors import VersionConflict
from tests.integration.partners.world import World

UNSUBSCRIBED, PREFERENCES = "contact.unsubscribed", "preferences.changed"


def wish(world: World, contact: Record, number: int, happened: str, **data: Any) -> Event:
    """notifications read an answer."""
    usual = {UNSUBSCRIBED: {"project_id": None}, PREFERENCES: {"mode": None, "resumed": False}}[happened]
    about = {
        "contact_id": contact["id"],
        "contact_version": contact["version"],
        "wish": number,
        "by": "reply",
    }
    return check(
        Event(
            id=f"{contact['id']}:wish:{number}",
            type=f"notifications.{happened}.v1",
            source="prasan/notifications",
            subject=f"contacts/{contact['id']}",
            time=world.clock.now(),
            version=number,
            data={**about, **usual, **data},
        )
    )


def kept(world: World, contact: Record) -> Record:
    return world.use_cases.contacts.get(contact["id"])


def test_whoever_stopped_everything_is_unsubscribed_and_the_sender_hears_of_it(world: World) -> None:
    """At the time at which it was said."""
    contact = world.contact(world.partner())

    world.use_cases.feedback.take(wish(world, contact, 1, UNSUBSCRIBED))

    assert kept(world, contact)["unsubscribed_at"] is not None
    told = world.database["contacts"].find_one({"_id": contact["id"]}) or {}
    assert told["outbox"][-1]["data"]["unsubscribed"] is True


def test_whoever_stopped_one_project_stays_subscribed_to_the_others(world: World) -> None:
    """Twice is once; a second project is added to the first."""
    contact = world.contact(world.partner())

    for number, project in enumerate(("project-2", "project-1", "project-2"), 1):
        world.use_cases.feedback.take(wish(world, contact, number, UNSUBSCRIBED, project_id=project))

    assert kept(world, contact)["muted_projects"] == ["project-1", "project-2"]
    assert kept(world, contact)["unsubscribed_at"] is None


def test_a_rhythm_is_kept_beside_every_other_preference(world: World) -> None:
    """Quiet hours stay."""
    preferences = {"quiet_hours": {"start": 20, "end": 7}}
    contact = world.contact(world.partner(), preferences=preferences)

    world.use_cases.feedback.take(wish(world, contact, 1, PREFERENCES, mode="weekly"))

    found = kept(world, contact)["preferences"]
    assert (found["mode"], found["quiet_hours"]) == ("weekly", {"start": 20, "end": 7})


def test_resuming_takes_every_stop_back(world: World) -> None:
    """Of everything and of single projects."""
    contact = world.contact(world.partner())
    feedback = world.use_cases.feedback

    feedback.take(wish(world, contact, 1, UNSUBSCRIBED))
    feedback.take(wish(world, contact, 2, UNSUBSCRIBED, project_id="project-1"))
    feedback.take(wish(world, contact, 3, PREFERENCES, resumed=True))

    assert kept(world, contact)["unsubscribed_at"] is None
    assert kept(world, contact)["muted_projects"] == []


@pytest.mark.parametrize("late", [1, 2])
def test_an_older_wish_or_the_same_again_changes_nothing(world: World, late: int) -> None:
    """Events come in any order and any number of times."""
    contact = world.contact(world.partner())
    world.use_cases.feedback.take(wish(world, contact, 2, PREFERENCES, mode="daily"))

    world.use_cases.feedback.take(wish(world, contact, late, UNSUBSCRIBED))

    assert kept(world, contact)["unsubscribed_at"] is None
    assert kept(world, contact)["version"] == 2


def test_a_wish_of_nobody_or_of_an_erased_contact_changes_nothing(world: World) -> None:
    """There is nobody to keep it for."""
    contact = world.contact(world.partner())
    gone = {**contact, "id": "nobody"}

    world.use_cases.feedback.take(wish(world, gone, 1, UNSUBSCRIBED))

    assert kept(world, contact)["version"] == contact["version"]


def test_a_contact_changed_meanwhile_is_asked_again(world: World) -> None:
    """The consumer repeats what met another change."""
    contact = world.contact(world.partner())
    feedback = world.use_cases.feedback
    find = feedback._contacts.find
    stale = find(contact["id"])
    feedback.take(wish(world, contact, 1, UNSUBSCRIBED))

    feedback._contacts.find = lambda contact_id: stale  # type: ignore[method-assign]  # a reader who was slow
    try:
        with pytest.raises(VersionConflict):
            feedback.take(wish(world, contact, 2, UNSUBSCRIBED))
    finally:
        feedback._contacts.find = find  # type: ignore[method-assign]  # as it was
