"""The AsyncAPI 3.0 document: exchanges and queues as channels, event types as messages.

https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

from __future__ import annotations

from typing import Any

from shared.contracts.asyncapi.schemas import ENVELOPE, component_schemas
from shared.contracts.asyncapi.summaries import SUMMARIES
from shared.contracts.envelope import CONTENT_TYPE
from shared.contracts.registry import EVENT_TYPES
from shared.messaging.topology import QUEUES, SERVICES, Queue, events_exchange, queues_hearing

VERSION = "1.0.0"
DESCRIPTION = (
    "What Prasan's services say to each other. Each service publishes to its own topic exchange, with the "
    "event's type as routing key, and reads queues that are named for their purpose. Events arrive at least "
    "once and in any order: their ids and versions tell which is known and which is newest."
)


def document() -> dict[str, Any]:
    """The same document for the same schemas and topology, key for key."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Prasan events", "version": VERSION, "description": DESCRIPTION},
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            **{events_exchange(service): _exchange(service) for service in SERVICES},
            **{queue.name: _queue(queue) for queue in QUEUES},
        },
        "operations": {
            **{f"{service}.publishes": _publishes(service) for service in SERVICES},
            **{f"{queue.name}.reads": _reads(queue) for queue in QUEUES},
        },
        "components": {
            "messages": {event_type: _message(event_type) for event_type in EVENT_TYPES},
            "schemas": component_schemas(),
        },
    }


def types_of(service: str) -> list[str]:
    """The event types that a service publishes."""
    return [event_type for event_type in EVENT_TYPES if event_type.startswith(f"{service}.")]


def types_in(queue: Queue) -> list[str]:
    """The event types that reach a queue."""
    return [event_type for event_type in EVENT_TYPES if queue in queues_hearing(event_type)]


def _exchange(service: str) -> dict[str, Any]:
    exchange = {"name": events_exchange(service), "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": "{type}",
        "description": f"The exchange that only {service} writes to; the address is the routing key.",
        "parameters": {"type": {"description": "the event's type", "enum": types_of(service)}},
        "messages": _references(types_of(service)),
        "bindings": {"amqp": {"is": "routingKey", "exchange": {**exchange, "vhost": "/"}}},
    }


def _queue(queue: Queue) -> dict[str, Any]:
    declared = {"name": queue.name, "durable": True, "exclusive": False, "autoDelete": False}
    bound = "; ".join(f"{pattern} from {exchange}" for exchange, pattern in queue.bindings)
    return {
        "address": queue.name,
        "description": f"Quorum queue of {queue.service}, bound to {bound}. Effect: {queue.effect}.",
        "messages": _references(types_in(queue)),
        "bindings": {"amqp": {"is": "queue", "queue": {**declared, "vhost": "/"}}},
    }


def _publishes(service: str) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": _reference("channels", events_exchange(service)),
        "summary": f"{service} says what happened: persistent, mandatory and confirmed.",
        "bindings": {"amqp": {"deliveryMode": 2, "mandatory": True}},
    }


def _reads(queue: Queue) -> dict[str, Any]:
    return {
        "action": "receive",
        "channel": _reference("channels", queue.name),
        "summary": f"{queue.service} handles what is in {queue.name} and acks it afterwards.",
        "bindings": {"amqp": {"ack": True}},
    }


def _message(event_type: str) -> dict[str, Any]:
    data = _reference("components/schemas", EVENT_TYPES[event_type].__name__)
    return {
        "name": event_type,
        "title": event_type,
        "summary": SUMMARIES[event_type],
        "contentType": CONTENT_TYPE,
        "payload": {
            "allOf": [
                _reference("components/schemas", ENVELOPE),
                {"type": "object", "properties": {"type": {"const": event_type}, "data": data}},
            ]
        },
        "bindings": {"amqp": {"contentEncoding": "utf-8", "messageType": event_type}},
    }


def _references(event_types: list[str]) -> dict[str, Any]:
    return {event_type: _reference("components/messages", event_type) for event_type in event_types}


def _reference(place: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/{place}/{name}"}
