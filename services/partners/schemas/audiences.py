"""Audiences on the wire: of an event not yet made, and of a past one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from services.partners.domain.relevance import ALERTS, full_type
from services.partners.domain.timing import AFTER_HOLD, AFTER_QUIET_HOURS, BY_HAND, IN_DIGEST, NOT_WANTED
from services.partners.schemas.fields import one_of
from shared.contracts.facets import VISIBILITIES, Text
from shared.contracts.partners import LEFT_OUT, Reason
from shared.http.fields import Identifier, Instant

_WHAT = ("milestone_id", "project_id", "data")


class PreviewRequest(Schema):
    """An event not yet made: of a milestone that is known, of a new one in a project that is known, or
    with the whole data that the event would have. The type may be written whole, too:
    `projects.milestone.reached.v1`."""

    event_type = one_of((*ALERTS, *map(full_type, ALERTS)), required=True)
    milestone_id = Identifier()
    project_id = Identifier()
    data = fields.Dict(keys=fields.String())

    @validates_schema
    def exactly_one(self, given: Mapping[str, Any], **_: Any) -> None:
        if sum(name in given for name in _WHAT) != 1:
            raise ValidationError({name: ["exactly-one-of"] for name in _WHAT})


class WhenSchema(Schema):
    """`at` is null for somebody told by hand, and for whoever does not want to hear of such things."""

    how = one_of((AFTER_HOLD, AFTER_QUIET_HOURS, IN_DIGEST, BY_HAND, NOT_WANTED), required=True)
    at = Instant(required=True, allow_none=True)


class Sums(Schema):
    relevant = fields.Integer(required=True)
    left_out = fields.Dict(keys=one_of(LEFT_OUT), values=fields.Integer(), required=True)


class PreviewItem(Schema):
    """Somebody who would be told, with every reason and when; or not, and why not."""

    contact_id = Identifier(required=True)
    name = fields.Nested(Text, required=True)
    position = fields.Nested(Text, required=True, allow_none=True)
    language = fields.String(required=True)
    relevant = fields.Boolean(required=True)
    reasons = fields.List(fields.Nested(Reason), required=True)
    why_not = one_of(LEFT_OUT, required=True, allow_none=True)
    when = fields.Nested(WhenSchema, required=True, allow_none=True)


class PreviewSchema(Sums):
    event_type = fields.String(required=True)
    project_id = Identifier(required=True)
    milestone_id = Identifier(required=True, allow_none=True)
    visibility = one_of(VISIBILITIES, required=True)
    items = fields.List(fields.Nested(PreviewItem), required=True)
    next = fields.String(required=True, allow_none=True)


class ConcernedSchema(Schema):
    """Somebody who was told, with every reason, or left out, with why."""

    contact_id = Identifier(required=True)
    contact_version = fields.Integer(required=True, allow_none=True)
    reasons = fields.List(fields.Nested(Reason), required=True)
    why_not = one_of(LEFT_OUT, required=True, allow_none=True)


class AudienceSchema(Sums):
    """`complete` once its head is stored; `pages` and the sums are of what is stored."""

    event_id = Identifier(required=True)
    complete = fields.Boolean(required=True)
    pages = fields.Integer(required=True)
    items = fields.List(fields.Nested(ConcernedSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class Republished(Schema):
    event_ids = fields.List(Identifier(), required=True)
