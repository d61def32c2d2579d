"""The event catalogue for people: who says what, who listens, and what stands in each event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shared.contracts.asyncapi.document import types_in, types_of
from shared.contracts.asyncapi.schemas import ENVELOPE, component_schemas
from shared.contracts.asyncapi.summaries import SUMMARIES
from shared.contracts.registry import EVENT_TYPES
from shared.messaging.topology import QUEUES, SERVICES, events_exchange, queues_hearing

INTRODUCTION = """\
# Events

Made by `python -m shared.contracts.asyncapi` from the schemas in `shared/contracts/` and the table in
`shared/messaging/topology.py`; do not edit. As an AsyncAPI 3.0 document: [asyncapi.json](asyncapi.json).

Every event is a CloudEvents 1.0 envelope in structured JSON around the `data` below. It arrives at least
once and in any order: its `id` tells whether it is known, its `version` which is newest. A field that a
consumer does not know is ignored; a breaking change is a new type, `.v2`, beside the old.
"""


def catalogue() -> str:
    """Markdown, the same for the same schemas and topology."""
    return "\n".join([INTRODUCTION, *_queues(), *_events(), *_schemas()]) + "\n"


def _queues() -> Iterator[str]:
    yield "## Queues\n"
    yield "| queue | hears | effect |\n| --- | --- | --- |"
    for queue in QUEUES:
        heard = "<br>".join(f"`{event_type}`" for event_type in types_in(queue))
        yield f"| `{queue.name}` | {heard} | {queue.effect} |"


def _events() -> Iterator[str]:
    for service in SERVICES:
        yield f"\n## What {service} says\n\nTo the exchange `{events_exchange(service)}`.\n"
        yield "| type | when | data | heard by |\n| --- | --- | --- | --- |"
        for event_type in types_of(service):
            queues = ", ".join(f"`{queue.name}`" for queue in queues_hearing(event_type))
            yield f"| `{event_type}` | {SUMMARIES[event_type]} | {_link(_data(event_type))} | {queues} |"


def _schemas() -> Iterator[str]:
    yield "\n## Schemas"
    for name, schema in component_schemas().items():
        yield f"\n### {name}\n"
        if description := schema.get("description"):
            yield f"{description}\n"
        yield "| field | type | required | meaning |\n| --- | --- | --- | --- |"
        required = schema.get("required", [])
        for field, definition in schema["properties"].items():
            needed = "yes" if field in required else ""
            yield f"| `{field}` | {_type(definition)} | {needed} | {definition.get('description', '')} |"


def _data(event_type: str) -> str:
    return EVENT_TYPES[event_type].__name__


def _type(definition: Mapping[str, Any]) -> str:
    """A JSON Schema in a few words."""
    if "$ref" in definition:
        return _link(definition["$ref"].rpartition("/")[2])
    if "const" in definition:
        return f"`{definition['const']}`"
    for combined in ("anyOf", "allOf", "oneOf"):
        if combined in definition:
            return " or ".join(_type(part) for part in definition[combined])
    if definition.get("type") == "array":
        return f"list of {_type(definition['items'])}"
    return _scalar(definition)


def _scalar(definition: Mapping[str, Any]) -> str:
    if "enum" in definition:
        return ", ".join(f"`{value}`" for value in definition["enum"] if value is not None)
    kinds = definition.get("type", "anything")
    text = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    return f"{text} ({definition['format']})" if "format" in definition else text


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})" if name != ENVELOPE else name
