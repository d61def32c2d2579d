"""The relay: what is in an outbox is published, whatever happens between storing and publishing."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from pymongo.database import Database as MongoDatabase

from shared.contracts.envelope import Event
from shared.messaging.outbox import WAITING, OutboxStore
from shared.messaging.publisher import Publisher
from shared.messaging.sweeper import Sweeper
from shared.messaging.topology import events_exchange
from shared.testing.broker import Broker
from shared.testing.clock import FixedClock
from tests.integration.messaging.conftest import Start, eventually, take_all
from tests.integration.messaging.samples import suppressed, unbound


@pytest.fixture
def things(database: MongoDatabase[Any]) -> OutboxStore:
    return OutboxStore(database["things"])


def store(things: OutboxStore, *names: str) -> None:
    for name in names:
        things.insert({"_id": name, "version": 1}, [suppressed(name)])


def is_empty(database: MongoDatabase[Any]) -> bool:
    return not database["things"].count_documents(WAITING)


def queued(broker: Broker) -> list[str]:
    return [json.loads(message.body)["id"] for message in take_all(broker)]


def force(database: MongoDatabase[Any], name: str, envelope: dict[str, Any]) -> None:
    """An outbox as no OutboxStore would write it."""
    database["things"].insert_one({"_id": name, "version": 1, "outbox": [envelope]})


def test_what_was_stored_while_no_relay_ran_is_published_recorded_and_removed(
    start: Start, things: OutboxStore, database: MongoDatabase[Any], empty_broker: Broker
) -> None:
    """Publish, record in the history, remove; no empty outbox stays behind, and no version changes."""
    store(things, "a", "b")
    start("speaker", "notifications")
    eventually(lambda: is_empty(database))
    assert sorted(queued(empty_broker)) == ["a:1", "b:1"]
    assert {e["_id"]: e["envelope"]["data"]["contact_id"] for e in database["events"].find()} == {
        "a:1": "a",
        "b:1": "b",
    }
    assert list(database["things"].find().sort("_id")) == [
        {"_id": "a", "version": 1},
        {"_id": "b", "version": 1},
    ]


def test_events_of_one_document_keep_their_order(
    start: Start, things: OutboxStore, database: MongoDatabase[Any], empty_broker: Broker
) -> None:
    """Several changes before the relay came by are published as they happened."""
    things.insert({"_id": "a", "version": 1}, [suppressed("a", 1)])
    for version in range(1, 6):
        things.update("a", version, events=[suppressed("a", version + 1)])
    start("speaker", "notifications")
    eventually(lambda: is_empty(database))
    assert queued(empty_broker) == [f"a:{version}" for version in range(1, 7)]


@pytest.mark.parametrize("place", ["relay.published", "relay.recorded", "relay.removed"])
def test_a_crash_after_any_step_loses_nothing(
    start: Start, things: OutboxStore, database: MongoDatabase[Any], empty_broker: Broker, place: str
) -> None:
    """At worst an event is published twice under its one id, and recorded once."""
    names = [f"a{i}" for i in range(30)]
    store(things, *names)
    speaker = start("speaker", "notifications", PRASAN_FAILPOINTS=f"{place}=crash@1")
    assert speaker.wait(15)
    start("speaker", "notifications")
    eventually(lambda: is_empty(database))
    assert set(queued(empty_broker)) == {f"{name}:1" for name in names}
    assert database["events"].count_documents({}) == len(names)


def test_two_relays_at_once_publish_everything(
    start: Start, things: OutboxStore, database: MongoDatabase[Any], empty_broker: Broker
) -> None:
    """Correct without the lease: both start by sweeping what is there."""
    start("speaker", "notifications")
    start("speaker", "notifications")
    names = [f"a{i:03}" for i in range(150)]
    store(things, *names)
    eventually(lambda: is_empty(database))
    assert set(queued(empty_broker)) == {f"{name}:1" for name in names}
    assert database["events"].count_documents({}) == len(names)


def test_another_relay_takes_over_from_one_that_was_frozen(
    start: Start, things: OutboxStore, database: MongoDatabase[Any], empty_broker: Broker
) -> None:
    """The lease ends by itself."""
    first = start("speaker", "notifications")
    start("speaker", "notifications")
    eventually(lambda: database["leases"].find_one())
    first.freeze()
    store(things, "a")
    eventually(lambda: is_empty(database), 20)
    first.thaw()
    assert "a:1" in queued(empty_broker)


def test_an_event_without_a_queue_stays_and_holds_up_no_other(
    start: Start, things: OutboxStore, database: MongoDatabase[Any], empty_broker: Broker
) -> None:
    """Unroutable is kept in the outbox and said in the log; so is what cannot be read."""
    force(database, "unbound", unbound("unbound").to_dict())
    force(database, "broken", {"id": "broken:1", "specversion": "9"})
    store(things, "a")
    speaker = start("speaker", "notifications")
    eventually(lambda: queued(empty_broker) == ["a:1"])
    eventually(lambda: database["things"].count_documents(WAITING) == 2)
    assert {d["_id"] for d in database["things"].find(WAITING)} == {"unbound", "broken"}
    assert "event_unroutable" in speaker.log_file.read_text()
    assert "outbox_unreadable" in speaker.log_file.read_text()
    store(things, "b")
    eventually(lambda: queued(empty_broker) == ["b:1"])


def test_a_broker_in_alarm_or_down_keeps_everything_for_later(
    start: Start, things: OutboxStore, database: MongoDatabase[Any], empty_broker: Broker
) -> None:
    """Coordinators go on; what they stored is published when the broker is back."""
    speaker = start("speaker", "notifications")
    empty_broker.kill()
    store(things, "a", "b")
    eventually(lambda: "relay_waits" in speaker.log_file.read_text())
    assert not is_empty(database)

    empty_broker.restart()

    eventually(lambda: is_empty(database))
    assert set(queued(empty_broker)) == {"a:1", "b:1"}
    assert speaker.running


def test_a_reused_id_with_other_content_is_kept_beside_the_first(
    start: Start, things: OutboxStore, database: MongoDatabase[Any]
) -> None:
    """The history loses neither, and the relay does not publish it for ever."""
    store(things, "a")
    speaker = start("speaker", "notifications")
    eventually(lambda: is_empty(database))
    force(database, "b", suppressed("a", why="5.1.2").to_dict())
    eventually(lambda: is_empty(database))
    kept = [e["envelope"]["data"]["why"] for e in database["events"].find().sort("_id")]
    assert kept == ["5.1.1", "5.1.2"]
    assert "event_id_reused" in speaker.log_file.read_text()


def test_a_backlog_is_published_without_delay(
    start: Start, things: OutboxStore, database: MongoDatabase[Any], empty_broker: Broker
) -> None:
    """More than a batch, and documents with large events; order within a document holds."""
    large = [suppressed(f"large{i}", padding="ก" * 60_000) for i in range(20)]
    database["things"].insert_many(
        [{"_id": e.id, "version": 1, "outbox": [e.to_dict()]} for e in [*large, *many(300)]]
    )
    start("speaker", "notifications")
    began = time.monotonic()
    eventually(lambda: is_empty(database))
    assert time.monotonic() - began < 10
    assert len(set(queued(empty_broker))) == 320


def test_a_sweep_of_one_collection_leaves_the_others_to_theirs(
    things: OutboxStore, database: MongoDatabase[Any], empty_broker: Broker, clock: FixedClock
) -> None:
    """Who is woken for one collection publishes all of it, more than a batch, and asks for no other."""
    others = OutboxStore(database["others"])
    store(things, *(f"a{number}" for number in range(150)))
    others.insert({"_id": "b", "version": 1}, [suppressed("b")])
    publisher = Publisher(empty_broker.uri("notifications"), events_exchange("notifications"))
    sweeper = Sweeper(database, ["things", "others"], publisher, clock)
    sweeper.sweep(collections={"things"})
    assert len(queued(empty_broker)) == 150
    assert database["others"].count_documents(WAITING) == 1
    sweeper.sweep()
    assert queued(empty_broker) == ["b:1"]
    publisher.close()


def many(number: int) -> list[Event]:
    return [suppressed(f"small{i:03}") for i in range(number)]
