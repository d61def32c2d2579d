"""Storing a change together with its events."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database as MongoDatabase

from shared.errors import AlreadyExists, DuplicateValue, Unreadable, VersionConflict
from shared.messaging.outbox import OutboxStore
from tests.integration.messaging.samples import suppressed, unbound


class Relay:
    """Counts how often it was woken."""

    def __init__(self) -> None:
        self.woken = 0

    def wake(self, *collections: str) -> None:
        self.woken += 1


@pytest.fixture
def relay() -> Relay:
    return Relay()


@pytest.fixture
def things(database: MongoDatabase[Any], relay: Relay) -> OutboxStore:
    store = OutboxStore(database["things"], relay.wake)
    store.ensure_indexes()
    database["things"].create_index("name", unique=True, sparse=True, name="one_name")
    return store


def test_a_document_is_stored_with_its_events_and_the_relay_is_woken(
    things: OutboxStore, database: MongoDatabase[Any], relay: Relay
) -> None:
    """One write; without events there is no outbox and nobody is woken."""
    things.insert({"_id": "a", "version": 1}, [suppressed("a")])
    things.insert({"_id": "b", "version": 1})
    assert database["things"].find_one({"_id": "a"}) == {
        "_id": "a",
        "version": 1,
        "outbox": [suppressed("a").to_dict()],
    }
    assert database["things"].find_one({"_id": "b"}) == {"_id": "b", "version": 1}
    assert relay.woken == 1


def test_a_known_id_and_a_taken_value_are_told_apart(things: OutboxStore) -> None:
    """The first is a retry of a creation, the second somebody else's value."""
    things.insert({"_id": "a", "version": 1, "name": "ลำพูน"})
    with pytest.raises(AlreadyExists):
        things.insert({"_id": "a", "version": 1, "name": "other"})
    with pytest.raises(DuplicateValue) as caught:
        things.insert({"_id": "b", "version": 1, "name": "ลำพูน"})
    assert "name" in caught.value.params["index"]


def test_an_event_that_does_not_fit_its_schema_is_refused_whole(
    things: OutboxStore, database: MongoDatabase[Any]
) -> None:
    """Nothing is stored with an event that nobody could read."""
    for event in (unbound("a"), suppressed("a", why=None)):
        with pytest.raises(Unreadable):
            things.insert({"_id": "a", "version": 1}, [event])
    assert database["things"].count_documents({}) == 0


def test_an_update_changes_pushes_and_counts_in_one_write(
    things: OutboxStore, database: MongoDatabase[Any]
) -> None:
    """State, version, other arrays and the outbox change together."""
    things.insert({"_id": "a", "version": 1, "old": 1, "keys": []}, [suppressed("a", 1)])
    things.update("a", 1, set={"state": "x"}, unset=["old"], push={"keys": "k"}, events=[suppressed("a", 2)])
    stored = database["things"].find_one({"_id": "a"})
    assert stored is not None
    assert [event["id"] for event in stored.pop("outbox")] == ["a:1", "a:2"]
    assert stored == {"_id": "a", "version": 2, "state": "x", "keys": ["k"]}


@pytest.mark.parametrize(
    ("document_id", "version", "condition"), [("a", 2, {}), ("a", 1, {"state": "y"}), ("gone", 1, {})]
)
def test_an_update_of_another_version_changes_nothing(
    things: OutboxStore,
    database: MongoDatabase[Any],
    document_id: str,
    version: int,
    condition: dict[str, Any],
) -> None:
    """Somebody was faster, the document is gone, or the condition is not met."""
    things.insert({"_id": "a", "version": 1, "state": "x"})
    with pytest.raises(VersionConflict):
        things.update(document_id, version, set={"state": "z"}, events=[suppressed("a")], filter=condition)
    assert list(database["things"].find()) == [{"_id": "a", "version": 1, "state": "x"}]


def test_an_update_without_bump_keeps_the_version(things: OutboxStore, database: MongoDatabase[Any]) -> None:
    """For what is bookkeeping, not a change that anybody saw."""
    things.insert({"_id": "a", "version": 1})
    things.update("a", 1, set={"seen": True}, bump=False)
    assert database["things"].find_one() == {"_id": "a", "version": 1, "seen": True}


def test_an_update_to_a_taken_value_says_which_index_refused_it(things: OutboxStore) -> None:
    """A unique index holds for updates as well."""
    things.insert({"_id": "a", "version": 1, "name": "x"})
    things.insert({"_id": "b", "version": 1, "name": "y"})
    with pytest.raises(DuplicateValue):
        things.update("b", 1, set={"name": "x"})
