"""On the real broker every event type reaches exactly the queues that the table says."""

from __future__ import annotations

import pytest

from shared.contracts.envelope import event_from_dict
from shared.messaging.publisher import Publisher
from shared.messaging.topology import QUEUES, events_exchange, queues_hearing
from shared.testing.broker import Broker
from tests.contract.samples import golden
from tests.integration.messaging.conftest import take_all

SAMPLES = golden()


@pytest.mark.parametrize("event_type", SAMPLES)
def test_an_event_reaches_its_queues_and_no_other(empty_broker: Broker, event_type: str) -> None:
    """Published by the service that owns it."""
    service = event_type.partition(".")[0]
    publisher = Publisher(empty_broker.uri(service), events_exchange(service))
    publisher.publish(event_from_dict(SAMPLES[event_type]))
    publisher.close()
    reached = {queue for queue in QUEUES if take_all(empty_broker, queue.name)}
    assert reached == set(queues_hearing(event_type))
