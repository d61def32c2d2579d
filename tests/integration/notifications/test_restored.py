"""The time after a restore: old alerts wait for an operator, new ones go out as ever."""

from __future__ import annotations

import pytest

from services.notifications.application.releasing import Releasing
from services.notifications.domain import states
from services.notifications.storage.restoring import Restore, RestoredLedger, RestoreNotes
from tests.integration.notifications.world import World

BASE = 1_795_000_000
HELD = (states.HELD, "restored")


@pytest.fixture
def restored(world: World) -> World:
    """A world that was restored just now, and knows somebody with an address and somebody without."""
    world.know("a", "b")
    world.know("c", address=None, by_hand="โทร 0 5300 0010")
    RestoreNotes(world.database).write(Restore(world.clock.now(), BASE))
    return world


@pytest.fixture
def releasing(restored: World) -> Releasing:
    return Releasing(RestoredLedger(restored.database), restored.clock, lambda: None)


def test_an_alert_of_before_the_restore_waits(restored: World) -> None:
    """Given an alert that was on its way, nothing of it goes out, whatever time passes."""
    event_id = restored.tell("a", "c")
    restored.work_off()

    assert restored.states(event_id) == {"a": HELD, "c": HELD}
    assert restored.mailbox.messages() == []
    assert {key: r.doubts for key, r in restored.recipients(event_id).items()} == {"a": 1, "c": 0}


def test_its_versions_are_above_all_that_was_told(restored: World) -> None:
    """Given the same dispatch was told of before, what becomes of it now is newer."""
    restored.tell("a")
    assert [d["version"] for d in restored.database.dispatches.find()] == [BASE]


def test_a_page_that_comes_again_changes_nothing(restored: World) -> None:
    """Given the alert twice, also after its release, it is recorded once."""
    event_id = restored.tell("a")
    restored.tell("a")
    assert restored.database.dispatches.count_documents({}) == 1
    assert restored.states(event_id) == {"a": HELD}


def test_an_alert_of_after_the_restore_goes_out(restored: World) -> None:
    """Given a report made since, it is sent as ever."""
    restored.clock.advance(1)
    event_id = restored.tell("a", version=13)
    restored.turn()

    assert restored.states(event_id) == {"a": (states.ACCEPTED, None)}
    assert restored.recipients(event_id)["a"].doubts == 0


def test_release_sends_once_and_tells_the_rest_by_hand(restored: World, releasing: Releasing) -> None:
    """When an operator lets them go: one mail each, those without an address on the call list."""
    event_id = restored.tell("a", "b", "c")
    waiting = releasing.deliveries(None, None, 10)
    answer = releasing.release(None)
    restored.work_off()

    assert [d["contact_id"] for d in waiting] == ["a", "b", "c"]
    assert answer == {"deliveries": 3, "dispatches_left": 0}
    assert restored.states(event_id) == {
        "a": (states.ACCEPTED, None),
        "b": (states.ACCEPTED, None),
        "c": (states.BY_HAND, "no_address"),
    }
    assert len(restored.mailbox.messages()) == 2
    assert releasing.release(None) == {"deliveries": 0, "dispatches_left": 0}


def test_release_of_one_event_leaves_the_others(restored: World, releasing: Releasing) -> None:
    """When one event is let go, the other still waits."""
    first, second = restored.tell("a"), restored.tell("a", version=13)
    answer = releasing.release(second)

    assert answer["deliveries"] == 1
    assert restored.states(first) == {"a": HELD} and restored.states(second) != {"a": HELD}


def test_what_became_untrue_meanwhile_is_not_sent(restored: World, releasing: Releasing) -> None:
    """Given a newer alert of the same milestone, the older one ends in doubt and unsent."""
    first = restored.tell("a")
    restored.clock.advance(1)
    restored.tell("a", kind="cancelled", version=13)
    releasing.release(None)
    restored.work_off()

    assert restored.states(first)["a"][0] == states.UNCERTAIN
    assert len(restored.mailbox.messages()) == 1


def test_the_list_goes_on_where_it_was_left(restored: World, releasing: Releasing) -> None:
    """Given more than one page of them, each is shown once."""
    for version in range(12, 16):
        restored.tell("a", "b", "c", version=version)
    seen: list[str] = []
    while found := releasing.deliveries(None, seen[-1] if seen else None, 5):
        seen += [delivery["id"] for delivery in found]

    assert len(seen) == len(set(seen)) == 12
