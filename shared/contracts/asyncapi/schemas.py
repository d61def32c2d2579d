"""JSON Schema of the event schemas, in the draft that AsyncAPI 3.0 takes for granted (draft 07)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema
from marshmallow.class_registry import get_class

from shared.contracts.envelope import SPEC_VERSION
from shared.contracts.registry import EVENT_TYPES

ENVELOPE = "Envelope"


def component_schemas() -> dict[str, Any]:
    """Every schema by the name of its class, and the envelope around them."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    # OpenAPI 3.1's dialect writes "may be null" as plain JSON Schema does.
    spec = APISpec("events", "1", "3.1.0", plugins=[plugin])
    for schema in sorted(set(EVENT_TYPES.values()), key=lambda s: s.__name__):
        if schema.__name__ not in spec.components.schemas:  # met already, nested in another
            spec.components.schema(schema.__name__, schema=schema)
    schemas: dict[str, Any] = spec.to_dict()["components"]["schemas"]
    described = {name: _described(name, schema) for name, schema in schemas.items()}
    return {ENVELOPE: _envelope(), **dict(sorted(described.items()))}


def _name(schema: Schema | type[Schema] | str) -> str:
    if isinstance(schema, str):
        schema = get_class(schema)
    return schema.__name__ if isinstance(schema, type) else type(schema).__name__


def _described(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    for candidate in EVENT_TYPES.values():
        if candidate.__name__ == name and candidate.__doc__:
            return {"description": " ".join(candidate.__doc__.split()), **schema}
    return dict(schema)


def _envelope() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": 512}
    return {
        "description": "CloudEvents 1.0, structured JSON. Consumers ignore attributes that they do not know.",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "version", "data"],
        "properties": {
            "specversion": {"const": SPEC_VERSION},
            "id": {**text, "description": "`{aggregate id}:{version}`: the same event has the same id"},
            "source": {**text, "description": "`prasan/` and the service that says it"},
            "type": {**text, "description": "also the routing key"},
            "subject": {**text, "description": "what it is about, as `milestones/{id}`"},
            "time": {"type": "string", "format": "date-time", "description": "in UTC"},
            "datacontenttype": {"const": "application/json"},
            "version": {"type": "integer", "minimum": 0, "description": "of the aggregate, after the change"},
            "actor": {"type": "string", "description": "who did it; `system` for what time does"},
            "traceparent": {"type": "string", "description": "W3C Trace Context"},
            "data": {"type": "object"},
        },
    }
