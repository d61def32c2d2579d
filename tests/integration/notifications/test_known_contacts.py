"""Contacts that a process remembers, and changes that another process makes."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from services.notifications.storage import known_contacts
from services.notifications.storage.known_contacts import KnownContacts
from shared.testing.clock import FixedClock
from shared.testing.mailbox import Mailbox
from tests.integration.notifications.world import World


@pytest.fixture
def elsewhere(database: Database[Any], mailbox: Mailbox, clock: FixedClock) -> World:
    """Another replica on the same database."""
    return World(database, mailbox, clock)


def names(known: KnownContacts, *ids: str) -> dict[str, str]:
    return {key: contact.name for key, contact in known.of(ids).items()}


def test_a_change_made_elsewhere_is_seen_at_the_next_look(world: World, elsewhere: World) -> None:
    """However well a contact was known."""
    known = KnownContacts(world.database)
    elsewhere.know("a", name="หนึ่ง")
    assert names(known, "a", "b") == {"a": "หนึ่ง"}
    elsewhere.know("a", version=2, name="สอง")
    elsewhere.know("b", name="ใหม่")
    assert names(known, "a", "b") == {"a": "สอง", "b": "ใหม่"}


def test_more_changes_than_are_named_empty_the_memory(
    world: World, elsewhere: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever slept through them forgets everything it knew."""
    monkeypatch.setattr(known_contacts, "_RECENT", 3)
    known = KnownContacts(world.database)
    elsewhere.know("a", name="หนึ่ง")
    assert names(known, "a") == {"a": "หนึ่ง"}
    elsewhere.know("a", version=2, name="สอง")
    elsewhere.know("b", "c", "d", "e")
    assert names(known, "a") == {"a": "สอง"}


def test_a_change_while_a_contact_is_being_read_is_not_overlooked(
    world: World, elsewhere: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read before it was noted is used once and not remembered."""
    known = KnownContacts(world.database)
    elsewhere.know("a", name="หนึ่ง")
    whole = known._fetch

    def fetches_slowly(missing: set[str]) -> Any:
        found = whole(missing)
        monkeypatch.undo()
        elsewhere.know("a", version=2, name="สอง")
        known.of(["b"])  # another lane looks meanwhile
        return found

    monkeypatch.setattr(known, "_fetch", fetches_slowly)
    assert names(known, "a") == {"a": "หนึ่ง"}
    assert names(known, "a") == {"a": "สอง"}


def test_an_unsubscription_counts_from_the_moment_it_is_recorded(world: World, elsewhere: World) -> None:
    """Though the lane has just sent to this contact."""
    world.know("a")
    world.tell("a", version=12)
    assert world.turn() == 1
    elsewhere.know("a", version=2, unsubscribed=True)
    event_id = world.tell("a", version=14)
    assert world.turn() == 0
    assert world.states(event_id)["a"] == ("suppressed", "unsubscribed")


def test_many_unknown_contacts_are_read_at_once(world: World) -> None:
    """Everybody of a small collection is known after one look."""
    people = [f"c{number:03}" for number in range(60)]
    world.know(*people)
    known = KnownContacts(world.database)
    assert len(known.of(people[:55])) == 55
    world.database.contacts.delete_many({})
    assert len(known.of(people)) == 60
