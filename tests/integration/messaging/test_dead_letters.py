"""What cannot be handled is kept, shown, and put back into the queue it came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.database import Database as MongoDatabase

from shared.errors import Conflict, DependencyDown, Invalid, NotFound
from shared.messaging.dead_letters import DeadLetters, Letter
from shared.messaging.publisher import Publisher
from shared.messaging.topology import DELIVERY_LIMIT, REPLAY_EXCHANGE
from shared.testing.broker import Broker
from shared.testing.clock import FixedClock
from tests.integration.messaging.conftest import Start, eventually, put_raw, take_all
from tests.integration.messaging.samples import QUEUE, suppressed


@pytest.fixture
def replayer(empty_broker: Broker) -> Iterator[Publisher]:
    publisher = Publisher(empty_broker.uri("partners"), REPLAY_EXCHANGE, confirm_timeout=3)
    yield publisher
    publisher.close()


@pytest.fixture
def letters(database: MongoDatabase[Any], replayer: Publisher, clock: FixedClock) -> DeadLetters:
    return DeadLetters(database, replayer, clock)


def letter(body: bytes = b"{", queue: str = QUEUE, cause: str = "not-json") -> Letter:
    return Letter(queue=queue, cause=cause, detail="why", body=body, message_id="a:1")


def test_one_message_is_one_letter_however_often_it_dies(letters: DeadLetters) -> None:
    """The same body from another queue is another letter."""
    first = letters.keep(letter())
    assert letters.keep(letter(cause="handler-failed-KeyError")) == first
    assert letters.keep(letter(queue="partners.audiences")) != first
    kept = letters.get(first)
    assert (kept["deaths"], kept["cause"], kept["state"]) == (2, "handler-failed-KeyError", "waiting")


def test_letters_are_listed_in_pages_without_their_bodies(letters: DeadLetters) -> None:
    """A page starts after the last id of the one before; filters narrow it."""
    for i in range(5):
        letters.keep(letter(body=b"%d" % i))
    first = letters.list(limit=3)
    rest = letters.list(after=first[-1]["_id"], limit=3)
    assert len({found["_id"] for found in [*first, *rest]}) == 5
    assert all("body" not in found for found in first)
    assert letters.list(queue="partners.audiences") == []
    assert len(letters.list(state="waiting", cause="not-json")) == 5
    with pytest.raises(NotFound):
        letters.get("nothing")


def test_a_replay_goes_to_the_queue_it_came_from(letters: DeadLetters, empty_broker: Broker) -> None:
    """And only there: other queues of the same exchange do not hear of it again."""
    body = suppressed("a").to_bytes()
    replayed = letters.replay(letters.keep(letter(body)))
    assert [message.body for message in take_all(empty_broker)] == [body]
    assert sum(empty_broker.ready_messages().values()) == 0
    assert (replayed["state"], replayed["replays"]) == ("replayed", 1)


def test_a_mended_body_is_sent_and_both_are_kept(letters: DeadLetters, empty_broker: Broker) -> None:
    """Who mends a message leaves a trace of what it was."""
    mended = suppressed("a").to_bytes()
    replayed = letters.replay(letters.keep(letter(b"{")), body=mended)
    assert [message.body for message in take_all(empty_broker)] == [mended]
    assert (bytes(replayed["body"]), bytes(replayed["mended_body"])) == (b"{", mended)


def test_a_letter_that_dies_again_waits_again(letters: DeadLetters) -> None:
    """Replaying what is not mended brings it back."""
    letter_id = letters.keep(letter())
    letters.replay(letter_id)
    letters.keep(letter())
    kept = letters.get(letter_id)
    assert (kept["state"], kept["deaths"], kept["replays"]) == ("waiting", 2, 1)


def test_what_is_older_than_any_memory_of_it_is_not_replayed(
    letters: DeadLetters, clock: FixedClock, empty_broker: Broker
) -> None:
    """Dedupe records are kept longer than letters may be replayed."""
    letter_id = letters.keep(letter())
    clock.advance(days=91)
    with pytest.raises(Conflict, match="dead-letter-too-old"):
        letters.replay(letter_id)
    assert take_all(empty_broker) == []


@pytest.mark.parametrize("queue", ["", "partners.gone", "projects.outcomes' OR 1"])
def test_a_letter_without_a_queue_of_ours_is_not_replayed(letters: DeadLetters, queue: str) -> None:
    """The routing key of a replay is one of the table's names, nothing that a message brought along."""
    letter_id = letters.keep(letter(queue=queue))
    with pytest.raises(Conflict, match="dead-letter-without-queue"):
        letters.replay(letter_id)


def test_what_was_too_large_to_keep_needs_a_mended_body(letters: DeadLetters, empty_broker: Broker) -> None:
    """Half a message is never sent."""
    letter_id = letters.keep(letter(b"x" * 5_000_000))
    with pytest.raises(Invalid, match="dead-letter-truncated"):
        letters.replay(letter_id)
    letters.replay(letter_id, body=suppressed("a").to_bytes())
    assert len(take_all(empty_broker)) == 1


def test_a_replay_that_the_broker_did_not_confirm_is_not_marked(
    database: MongoDatabase[Any], clock: FixedClock
) -> None:
    """It can be tried again."""
    nowhere = Publisher("amqp://a:b@127.0.0.1:1//", REPLAY_EXCHANGE, confirm_timeout=1)
    letters = DeadLetters(database, nowhere, clock)
    letter_id = letters.keep(letter())
    with pytest.raises(DependencyDown):
        letters.replay(letter_id)
    assert letters.get(letter_id)["state"] == "waiting"


def test_a_mended_message_comes_through(
    start: Start, database: MongoDatabase[Any], letters: DeadLetters, empty_broker: Broker
) -> None:
    """From an unreadable body to a handled event."""
    start("listener", "partners")
    put_raw(empty_broker, b'{"id": "a:1"')
    kept = eventually(lambda: letters.list(state="waiting"))
    letters.replay(kept[0]["_id"], body=suppressed("a").to_bytes())
    eventually(lambda: database["finished"].find_one({"event": "a:1"}))


def test_what_the_broker_gave_up_is_drained_and_can_be_replayed(
    start: Start,
    publisher: Publisher,
    database: MongoDatabase[Any],
    letters: DeadLetters,
    empty_broker: Broker,
) -> None:
    """A message whose handler always crashes ends, past the delivery limit, as a letter of its queue."""
    publisher.publish(suppressed("a"))
    give_back_until_dead(empty_broker)

    start("listener", "partners")

    (kept,) = eventually(lambda: letters.list())
    assert (kept["queue"], kept["cause"]) == (QUEUE, "delivery-limit")
    assert kept["message_id"] == "a:1"
    letters.replay(kept["_id"])
    eventually(lambda: database["finished"].find_one({"event": "a:1"}))
    eventually(lambda: not any(empty_broker.ready_messages().values()))


def give_back_until_dead(broker: Broker) -> None:
    with broker.connection() as connection:
        channel = connection.channel()
        for _ in range(DELIVERY_LIMIT + 1):
            message = eventually(lambda: channel.basic_get(QUEUE))
            channel.basic_reject(message.delivery_tag, requeue=True)
    eventually(lambda: broker.ready_messages()["partners.dead"] == 1)
