"""Pausing, suppressing, and what is shown to whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from services.notifications.domain import states
from shared.contracts.registry import event_from_document
from shared.errors import Invalid, NotFound, PreconditionFailed
from shared.testing.clock import FixedClock
from shared.testing.mailbox import Mailbox
from tests.integration.notifications.world import World
from tests.unit.notifications.scenes import milestone


def test_pause_and_resume_say_who_and_when(world: World) -> None:
    """The first to pause stays on record, however often it is said again."""
    assert world.operating.sending()["paused"] is False
    first = world.operating.pause("สมชาย")
    world.clock.advance(60)
    assert world.operating.pause("somebody else") == first
    assert first["by"] == "สมชาย"
    assert world.operating.resume("somebody else")["paused"] is False


def test_a_suppressed_address_is_known_by_its_hash_alone(world: World) -> None:
    """Written in any way it is the same; partners hear of the contact whose address it is."""
    world.know("a")
    first = world.operating.suppress("A@Example.ORG", "asked by telephone", "operator")
    again = world.operating.suppress("a@example.org", "again", "operator")
    assert first == again
    assert "example" not in str(world.database.suppressions.find_one()).replace("outbox", "").lower()[:200]
    (event,) = [event_from_document(event) for event in world.events("suppressions")]
    assert event.data["contact_id"] == "a"
    event_id = world.tell("a")
    world.turn()
    assert world.states(event_id) == {"a": (states.SUPPRESSED, "address_suppressed")}


def test_lifting_a_suppression_needs_the_version_that_was_seen(world: World) -> None:
    """And after it mail goes there again; suppressed once more, it has a newer version."""
    found = world.operating.suppress("a@example.org", None, "operator")
    with pytest.raises(PreconditionFailed):
        world.operating.lift(found["id"], 7, "operator")
    world.operating.lift(found["id"], found["version"], "operator")
    with pytest.raises(NotFound):
        world.operating.suppression(found["id"])
    world.know("a")
    event_id = world.tell("a")
    world.turn()
    assert world.states(event_id) == {"a": (states.ACCEPTED, None)}
    assert world.operating.suppress("a@example.org", None, "operator")["version"] == 3


def test_deliveries_are_listed_in_pages_by_what_narrows_them(world: World) -> None:
    """By event, milestone, contact and state; each exactly once."""
    people = [f"c{number:02}" for number in range(60)]
    world.know(*people[1:])
    world.know("c00", address=None)
    world.tell(*people)
    world.tell("c07", kind="rescheduled", version=11)
    world.turn()
    world.turn()

    seen: list[str] = []
    after = None
    while True:
        page = world.viewing.deliveries({"event": "01JPROJECT:12"}, after, 7)
        seen += [each["contact_id"] for each in page]
        if len(page) < 7:
            break
        after = page[-1]["id"]
    assert seen == people
    by = world.viewing.deliveries
    assert len(by({"milestone": "01JMILESTONE"}, None, 200)) == 61
    assert [each["event_id"] for each in by({"contact": "c07"}, None, 200)] == [
        "01JPROJECT:11",
        "01JPROJECT:12",
    ]
    assert [each["contact_id"] for each in by({"event": "01JPROJECT:12", "state": "by_hand"}, None, 9)] == [
        "c00"
    ]
    assert by({"event": "unknown"}, None, 9) == []


def test_what_somebody_may_have_to_act_on_is_found_by_state_alone(world: World) -> None:
    """Anything else has to be narrowed: nobody reads the whole ledger by accident."""
    world.know("a", address=None, name="ป้าสมศรี")
    world.know("b")
    for version in (12, 14, 16):
        world.tell("a", "b", version=version)
        world.turn()
    by_hand = world.viewing.deliveries({"state": "by_hand"}, None, 2)
    assert [each["contact_id"] for each in by_hand] == ["a"] * 2
    assert len(world.viewing.deliveries({"state": "by_hand"}, by_hand[-1]["id"], 5)) == 1
    with pytest.raises(Invalid):
        world.viewing.deliveries({"state": "accepted"}, None, 9)
    with pytest.raises(Invalid):
        world.viewing.deliveries({}, None, 9)


@pytest.mark.parametrize("unknown", ["", "x", "01JPROJECT:12:0:0:1", "01JPROJECT:12:0:0:99", "a:b:c:d:e"])
def test_a_delivery_that_is_not_there_is_not_found(world: World, unknown: str) -> None:
    """Neither an unknown dispatch nor a position beyond its end."""
    world.know("a")
    world.tell("a")
    with pytest.raises(NotFound):
        world.viewing.delivery(unknown)


def test_what_waits_is_counted_by_what_it_waits_for(world: World) -> None:
    """A digest, quiet hours and the hold; in a pause also what could go now. Looking changes nothing."""
    world.know("reader", preferences={"mode": "weekly", "events": {}, "digest": {}})
    world.know("sleeper", quiet_hours={"start": 11, "end": 14})
    world.know("somebody")
    world.tell("reader", "sleeper", version=12)
    world.turn()
    world.tell("somebody", version=13, data={"milestone": milestone(id="m2")})
    event_id = world.tell("somebody", version=14, data={"milestone": milestone(id="m3"), "hold_seconds": 120})

    waiting = [(each["cause"], each["count"]) for each in world.operating.sending()["waiting"]]
    assert waiting == [("quiet_hours", 1), ("digest", 1), ("hold", 1), ("due", 1)]
    paused = world.operating.pause("สมชาย")["waiting"]
    assert [(each["cause"], each["count"]) for each in paused] == [
        ("pause", 1),
        ("quiet_hours", 1),
        ("digest", 1),
        ("hold", 1),
    ]
    (hold,) = [each for each in paused if each["cause"] == "hold"]
    assert hold["next_at"] >= world.clock.now() + timedelta(seconds=120)
    assert world.states(event_id) == {"somebody": (states.HELD, None)}


def test_what_waits_for_a_mail_mode_has_no_time(
    database: Database[Any], mailbox: Mailbox, clock: FixedClock
) -> None:
    """An operator ends the wait."""
    world = World(database, mailbox, clock, mail_mode="hold")
    world.know("a")
    world.tell("a")
    world.turn()
    assert world.operating.sending()["waiting"] == [{"cause": "mail_mode", "count": 1, "next_at": None}]
