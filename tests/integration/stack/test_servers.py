"""The servers that every other test relies on, as real as they claim to be."""

from __future__ import annotations

import amqp
import pytest
from pymongo.database import Database as MongoDatabase

from shared.messaging.topology import QUEUES
from shared.testing.broker import Broker


def test_the_broker_has_every_queue_of_the_topology(broker: Broker) -> None:
    """Each queue of the table exists when the broker says that it is ready."""
    assert set(broker.queue_depths()) >= {queue.name for queue in QUEUES}


def test_a_service_may_not_write_to_another_services_exchange(broker: Broker) -> None:
    """The broker refuses a publish by the wrong user."""
    with broker.connection("partners") as connection, pytest.raises(amqp.AccessRefused):
        connection.channel().basic_publish_confirm(amqp.Message("{}"), "projects.events", "projects.x")


def test_a_database_is_empty_and_ones_own(database: MongoDatabase) -> None:
    """Two tests never see each other's documents."""
    assert database.list_collection_names() == []
    database.things.insert_one({"_id": 1})
    assert database.things.count_documents({}) == 1
