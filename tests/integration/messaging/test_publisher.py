"""The publisher: what it says is published is published, and it never hangs."""

from __future__ import annotations

import json
import time

import pytest

from shared.errors import DependencyDown, Unroutable
from shared.messaging.publisher import WINDOW_BYTES, Publisher
from shared.testing.broker import Broker
from tests.integration.messaging.conftest import eventually, take_all
from tests.integration.messaging.samples import EXCHANGE, QUEUE, suppressed, unbound


def ids(broker: Broker) -> list[str]:
    return [json.loads(message.body)["id"] for message in take_all(broker)]


def test_several_windows_arrive_whole_and_in_order(publisher: Publisher, empty_broker: Broker) -> None:
    """More than may be unconfirmed at once is sent window by window."""
    events = [suppressed(f"a{i:04}") for i in range(650)]
    publisher.publish_all(events)
    assert ids(empty_broker) == [event.id for event in events]


def test_large_events_arrive_whole(publisher: Publisher, empty_broker: Broker) -> None:
    """A body larger than a frame, and more bytes than a window."""
    events = [suppressed(f"a{i}", padding="ก" * 300_000) for i in range(6)]
    assert sum(len(event.to_bytes()) for event in events) > WINDOW_BYTES
    publisher.publish_all(events)
    bodies = [message.body for message in take_all(empty_broker)]
    assert bodies == [event.to_bytes() for event in events]


def test_an_event_that_no_queue_takes_is_named_and_the_others_are_published(
    publisher: Publisher, empty_broker: Broker
) -> None:
    """Mandatory: unroutable is an error, not a success."""
    with pytest.raises(Unroutable) as caught:
        publisher.publish_all([suppressed("a"), unbound("b"), suppressed("c"), unbound("d")])
    assert caught.value.message_ids == {"b:1", "d:1"}
    assert ids(empty_broker) == ["a:1", "c:1"]


def test_an_unroutable_event_with_a_long_id_is_named_as_well(publisher: Publisher) -> None:
    """AMQP carries 255 bytes of an id; two that differ only behind them are both kept."""
    with pytest.raises(Unroutable) as caught:
        publisher.publish_all([unbound("ก" * 100 + "x"), unbound("ก" * 100 + "y")])
    assert len(caught.value.message_ids) == 2


def test_a_frozen_broker_confirms_nothing(publisher: Publisher, empty_broker: Broker) -> None:
    """After a confirm that timed out, the next publish is not taken for confirmed either."""
    quick = Publisher(empty_broker.uri("notifications"), EXCHANGE, confirm_timeout=0.5)
    quick.publish(suppressed("before"))
    empty_broker.freeze()
    try:
        for name in ("a", "b", "c"):
            with pytest.raises(DependencyDown):
                quick.publish(suppressed(name))
    finally:
        empty_broker.thaw()
    eventually(lambda: publish_succeeds(quick, "after"))
    assert {"before:1", "after:1"} <= set(ids(empty_broker))


def publish_succeeds(publisher: Publisher, name: str) -> bool:
    try:
        publisher.publish(suppressed(name))
    except DependencyDown:
        return False
    return True


def test_a_memory_alarm_is_an_error_soon_and_passes(publisher: Publisher, empty_broker: Broker) -> None:
    """The broker takes nothing in its alarm; the publisher says so in time and works again afterwards."""
    publisher.publish(suppressed("before"))
    empty_broker.memory_alarm(True)
    try:
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(DependencyDown):
                publisher.publish_all([suppressed(f"a{i}", padding="x" * 100_000) for i in range(40)])
            assert time.monotonic() - began < 8
    finally:
        empty_broker.memory_alarm(False)
    eventually(lambda: publish_succeeds(publisher, "after"))
    assert "after:1" in ids(empty_broker)


def test_a_broker_that_was_killed_has_kept_what_it_confirmed_and_is_connected_to_again(
    publisher: Publisher, empty_broker: Broker
) -> None:
    """Confirmed means stored. A broker that is down is an error; a connection that died while the broker
    was away is none."""
    publisher.publish(suppressed("a"))
    idle = Publisher(empty_broker.uri("notifications"), EXCHANGE, confirm_timeout=3)
    idle.publish(suppressed("b"))
    empty_broker.kill()
    with pytest.raises(DependencyDown):
        publisher.publish(suppressed("c"))
    empty_broker.restart()
    publisher.publish(suppressed("c"))
    idle.publish(suppressed("d"))
    assert set(ids(empty_broker)) == {"a:1", "b:1", "c:1", "d:1"}


@pytest.mark.parametrize("user", ["projects", "operator"])
def test_nobody_publishes_for_another_service(empty_broker: Broker, user: str) -> None:
    """Least privilege: notifications' exchange is written to by notifications alone."""
    other = Publisher(empty_broker.uri(user), EXCHANGE)
    with pytest.raises(DependencyDown, match="ACCESS_REFUSED"):
        other.publish(suppressed("a"))
    assert empty_broker.ready_messages()[QUEUE] == 0
