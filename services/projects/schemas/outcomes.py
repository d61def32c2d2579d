"""What became of alerts, and the events themselves."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from services.projects.schemas.parts import AlertSchema, TextSchema
from shared.contracts.registry import EVENT_TYPES
from shared.http.fields import Identifier, Instant, Line
from shared.http.messages import wrong
from shared.http.pagination import PageQuery


class CountSchema(Schema):
    state = fields.String(required=True)
    why = fields.String(allow_none=True)
    count = fields.Integer(required=True)


class AlertOutcomeSchema(AlertSchema):
    """`relevant` = the sum of `counts` + `waiting`; both are null until the audience is resolved.
    `surplus` counts what no partition may have: it is 0."""

    relevant = fields.Integer(required=True, allow_none=True)
    counts = fields.List(fields.Nested(CountSchema), required=True)
    waiting = fields.Integer(required=True, allow_none=True)
    surplus = fields.Integer(required=True)
    left_out = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    sentence = fields.Nested(TextSchema, required=True)


class OutcomeSchema(Schema):
    milestone_id = fields.String(required=True)
    alerts = fields.List(fields.Nested(AlertOutcomeSchema), required=True)


class EventSchema(Schema):
    """A CloudEvent as it was, or will be, published."""

    specversion = fields.String(required=True)
    id = fields.String(required=True)
    type = fields.String(required=True)
    source = fields.String(required=True)
    subject = fields.String(required=True)
    time = fields.String(required=True)
    datacontenttype = fields.String()
    version = fields.Integer(required=True)
    actor = fields.String(required=True)
    traceparent = fields.String()
    data = fields.Dict(required=True)


class EventTypes(Line):
    """Event types with commas between them; load gives a list."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        types = super()._deserialize(value, attr, data, **kwargs).split(",")
        if not set(types) <= EVENT_TYPES.keys():
            raise wrong("unknown-event-type")
        return types


class EventQuery(PageQuery):
    types = EventTypes(2000, load_default=list)
    older_than = Instant(load_default=None)
    younger_than = Instant(load_default=None)


class Republished(Schema):
    event_id = Identifier(required=True)
