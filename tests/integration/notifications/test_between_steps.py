"""A contact who changes between each two steps of the road: until a mail has gone, their last word counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import pytest

from services.notifications.domain import states
from shared.calendar import BANGKOK
from shared.testing.mailbox import Fault
from tests.integration.notifications.world import World

WEEKLY: dict[str, Any] = {"mode": "weekly", "events": {}, "digest": {"weekday": "thursday", "hour": 12}}
THURSDAY = datetime(2026, 11, 26, 12, tzinfo=BANGKOK)
LATER = Fault("rcpt", reply="451 4.7.1 later", times=1)


def sent_at_the_second_try(world: World) -> Iterator[str]:
    world.mailbox.misbehave(LATER)
    world.turn()
    yield "put off"
    world.clock.advance(hours=1)
    world.turn()
    yield "sent"


def at_once(world: World) -> Iterator[str]:
    """The steps of an alert, each when it is done."""
    world.know("a")
    world.tell("a")
    yield "recorded"
    yield from sent_at_the_second_try(world)


def in_a_digest(world: World) -> Iterator[str]:
    """The steps of news that wait for Thursday."""
    keeper = world.workshop.keeper(lambda: None)
    world.know("a", preferences=WEEKLY)
    world.tell("a")
    yield "recorded"
    world.turn()
    yield "waits"
    world.clock.set(THURSDAY)
    keeper._close()
    yield "closed"
    keeper._mark()
    yield "marked"
    keeper._send()
    yield "on the road"
    yield from sent_at_the_second_try(world)
    world.keep_digests()
    yield "shared"


ROADS: dict[Callable[[World], Iterator[str]], tuple[str, ...]] = {
    at_once: ("recorded", "put off", "sent"),
    in_a_digest: ("recorded", "waits", "closed", "marked", "on the road", "put off", "sent", "shared"),
}
PLACES = [(road, step) for road, steps in ROADS.items() for step in steps]
TOO_LATE = ("sent", "shared")


def changes_after(world: World, road: Callable[[World], Iterator[str]], step: str, **changes: Any) -> None:
    """The contact changes right after this step (is erased, without changes), and the road goes on."""
    preferences = WEEKLY if road is in_a_digest else None
    steps = road(world)
    list(islice(steps, ROADS[road].index(step) + 1))
    if changes:
        world.know("a", version=2, preferences=preferences, **changes)
    else:
        world.hear(world.erased_event("a", 2))
    list(steps)
    for _ in range(3):  # what is left
        world.turn()
        world.keep_digests()


def became(world: World) -> tuple[str, str | None]:
    (event,) = {page["event_id"] for page in world.database["pages"].find()}
    return world.states(event)["a"]


@pytest.mark.parametrize(("road", "step"), PLACES)
@pytest.mark.parametrize(("changes", "why"), [({"unsubscribed": True}, "unsubscribed"), ({}, "erased")])
def test_whoever_leaves_gets_nothing_that_has_not_gone(
    world: World, road: Callable[[World], Iterator[str]], step: str, changes: dict[str, Any], why: str
) -> None:
    """One mail where it had gone already, none where it had not; and the ledger says which."""
    changes_after(world, road, step, **changes)
    gone = step in TOO_LATE
    assert len(world.mailbox.messages()) == gone
    assert became(world) == ((states.ACCEPTED, None) if gone else (states.SUPPRESSED, why))


@pytest.mark.parametrize(("road", "step"), PLACES)
def test_whoever_changes_language_is_written_to_in_the_new_one(
    world: World, road: Callable[[World], Iterator[str]], step: str
) -> None:
    """And never twice."""
    changes_after(world, road, step, language="en")
    (mail,) = world.mailbox.messages()
    assert mail.subject.isascii() == (step not in TOO_LATE)
    assert became(world) == (states.ACCEPTED, None)
