"""The consumer: nothing handled twice without need, nothing lost, nothing unreadable that vanishes."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from pymongo.database import Database as MongoDatabase

from shared.messaging.publisher import Publisher
from shared.testing.broker import Broker
from tests.integration.messaging.conftest import Start, eventually, put_raw, take_all
from tests.integration.messaging.samples import QUEUE, suppressed


def handled(database: MongoDatabase[Any], what: str = "finished") -> Counter[str]:
    return Counter(note["event"] for note in database[what].find())


def test_an_event_reaches_its_method_and_leaves_the_queue(
    start: Start, publisher: Publisher, database: MongoDatabase[Any], empty_broker: Broker
) -> None:
    """A handler that returns is an ack."""
    listener = start("listener", "partners")
    publisher.publish(suppressed("a"))
    eventually(lambda: handled(database) == {"a:1": 1})
    listener.stop()
    assert empty_broker.ready_messages()[QUEUE] == 0


def test_messages_of_one_queue_are_handled_at_once_up_to_the_prefetch(
    start: Start, publisher: Publisher, database: MongoDatabase[Any]
) -> None:
    """Ten handlers of a second each take about a second, not ten."""
    start("listener", "partners")
    publisher.publish_all([suppressed(f"slow-{i}") for i in range(10)])
    eventually(lambda: len(handled(database)) == 10)
    times = sorted(note["at"] for note in database["finished"].find())
    assert (times[-1] - times[0]).total_seconds() < 1.5


def test_sigterm_lets_handlers_at_work_finish_and_ack(
    start: Start, publisher: Publisher, database: MongoDatabase[Any]
) -> None:
    """After a stop in the middle, nothing that was started is started again."""
    listener = start("listener", "partners")
    publisher.publish_all([suppressed(f"slow-{i}") for i in range(25)])
    eventually(lambda: len(handled(database, "started")) >= 10)

    listener.stop()

    assert listener.exit_code == 0
    assert handled(database, "started") == handled(database)
    start("listener", "partners")
    eventually(lambda: len(handled(database)) == 25)
    assert set(handled(database, "started").values()) == {1}


HOSTILE = {
    "not-json": b"\xff\xfe{not json",
    "not-an-object": b"[]",
    "unknown-specversion": b'{"specversion": "2.0"}',
    "missing-attribute": b'{"specversion": "1.0", "id": "a:1"}',
    "wrong-attribute": json.dumps({**suppressed("a").to_dict(), "time": "2569-11-23"}).encode(),
    "unknown-type": json.dumps({**suppressed("a").to_dict(), "type": "notifications.address.x.v9"}).encode(),
    "wrong-schema": suppressed("ก" * 10, contact_version="หนึ่ง").to_bytes(),
    "too-large": suppressed("a", padding="x" * 5_000_000).to_bytes(),
}


def test_what_cannot_be_read_is_kept_with_its_cause(
    start: Start, publisher: Publisher, database: MongoDatabase[Any], empty_broker: Broker
) -> None:
    """Undecodable, unknown, misshapen and oversized bodies become dead letters; the next one is handled."""
    start("listener", "partners")
    for body in HOSTILE.values():
        put_raw(empty_broker, body)
    publisher.publish(suppressed("after"))

    eventually(lambda: database["dead_letters"].count_documents({}) == len(HOSTILE))
    letters = {letter["cause"]: letter for letter in database["dead_letters"].find()}
    assert set(letters) == set(HOSTILE)
    assert all(letter["queue"] == QUEUE for letter in letters.values())
    assert bytes(letters["not-json"]["body"]) == HOSTILE["not-json"]
    assert letters["too-large"]["truncated"]
    assert letters["too-large"]["size"] == len(HOSTILE["too-large"])
    eventually(lambda: handled(database)["after:1"] == 1)
    eventually(lambda: not take_all(empty_broker))


def test_a_handler_that_fails_is_a_dead_letter_and_its_values_are_in_no_log(
    start: Start, publisher: Publisher, database: MongoDatabase[Any]
) -> None:
    """The cause names the error and the place; what was handled stays out of the log."""
    listener = start("listener", "partners")
    publisher.publish(suppressed("fail-1", fingerprint="SECRET" * 5))
    letter = eventually(lambda: database["dead_letters"].find_one())
    assert letter["cause"] == "handler-failed-ValueError"
    assert "listener.py" in letter["detail"]
    assert "SECRET" not in listener.log_file.read_text()


def test_a_known_id_with_other_content_is_kept(
    start: Start, publisher: Publisher, database: MongoDatabase[Any]
) -> None:
    """The first stands, the same again is a duplicate, another content is a dead letter."""
    start("listener", "partners")
    publisher.publish_all([suppressed("once-1"), suppressed("once-1")])
    eventually(lambda: handled(database)["once-1:1"] == 2)
    publisher.publish(suppressed("once-1", why="5.1.2"))
    letter = eventually(lambda: database["dead_letters"].find_one())
    assert letter["cause"] == "conflicting-duplicate"
    assert database["once"].count_documents({}) == 1


def test_a_version_conflict_is_tried_again(
    start: Start, publisher: Publisher, database: MongoDatabase[Any]
) -> None:
    """Two handlers that meet at one document are no dead letter."""
    start("listener", "partners")
    publisher.publish(suppressed("conflict-1"))
    eventually(lambda: handled(database)["conflict-1:1"] == 1)
    assert handled(database, "started")["conflict-1:1"] == 3
    assert database["dead_letters"].count_documents({}) == 0


def test_a_message_whose_handler_died_comes_back(
    start: Start, publisher: Publisher, database: MongoDatabase[Any], empty_broker: Broker
) -> None:
    """kill -9 within a handler leaves the message in the queue."""
    listener = start("listener", "partners")
    publisher.publish(suppressed("crash-1"))
    assert listener.wait(10)
    (message,) = eventually(lambda: take_all(empty_broker))
    assert json.loads(message.body)["id"] == "crash-1:1"


def test_a_crash_between_handling_and_ack_handles_once_more(
    start: Start, publisher: Publisher, database: MongoDatabase[Any]
) -> None:
    """The effect, not the ack, is what makes it once."""
    listener = start("listener", "partners", PRASAN_FAILPOINTS="consumer.handled=crash@1")
    publisher.publish(suppressed("once-1"))
    assert listener.wait(10)
    start("listener", "partners")
    eventually(lambda: handled(database)["once-1:1"] == 2)
    assert database["once"].count_documents({}) == 1
