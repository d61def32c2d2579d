"""Parts that several schemas share: provenance, figures, coordinators, criteria."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.projects.domain.criteria import KINDS
from services.projects.domain.figures import COMPARISONS, SOURCES
from shared.http.fields import BilingualLine, Identifier, Instant, Line, Paragraph
from shared.http.messages import wrong
from shared.http.strict import AreaCode, Number, Several


class TextSchema(Schema):
    """A text in Thai and, where somebody wrote one, in English."""

    th = fields.String(required=True)
    en = fields.String(allow_none=True)


class ProvenanceSchema(Schema):
    """Whether the province's own document says so (then in which words), or somebody made it up."""

    kind = fields.String(required=True, validate=validate.OneOf(SOURCES))
    quote = Paragraph(1000, load_default=None, allow_none=True)

    @validates_schema
    def _quote_the_source(self, data: Any, **_: Any) -> None:
        if data["kind"] == "source" and not data.get("quote"):
            raise ValidationError({"quote": wrong("required").messages})


class FigureMembers(Schema):
    """A number, or null with the words that stand in its place in the source."""

    value = Number(required=True, allow_none=True)
    comparison = fields.String(load_default="exactly", validate=validate.OneOf(COMPARISONS))
    as_written = Line(100, load_default=None, allow_none=True)
    provenance = fields.Nested(ProvenanceSchema, load_default=None, allow_none=True)


class CoordinatorSchema(Schema):
    """Who signs an alert: never with an address."""

    id = Identifier(required=True)
    name = BilingualLine(200, required=True)
    office = BilingualLine(300, required=True)
    telephone = Line(40, required=True)


class BudgetSchema(Schema):
    """Baht, and where they come from."""

    amount = Number(required=True, least=0)
    source = BilingualLine(300, required=True)
    provenance = fields.Nested(ProvenanceSchema, load_default=None, allow_none=True)


class CriterionSchema(Schema):
    """`indicator_at_least`: the indicator meets `value`, or its own target; `areas_covered`: its
    measurements cover every sub-district of `areas`."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    indicator_id = Identifier(required=True)
    value = Number(load_default=None, allow_none=True)
    areas = Several(AreaCode(), load_default=list)


class UnmetSchema(Schema):
    kind = fields.String(required=True)
    indicator_id = fields.String(required=True)
    value = fields.Float(allow_none=True)
    target = fields.Float(allow_none=True)
    areas = fields.List(fields.String())


class ConfirmationSchema(Schema):
    """Reported reached although this was missing, knowingly."""

    by = fields.String(required=True)
    at = Instant(required=True)
    unmet = fields.List(fields.Nested(UnmetSchema), required=True)


class AlertSchema(Schema):
    """Something that partners are told, unless it is recalled before `hold_until`."""

    event_id = fields.String(required=True)
    happened = fields.String(required=True)
    at = Instant(required=True)
    hold_until = Instant(required=True)
    recalled = fields.Boolean(required=True)


class ProgressSchema(Schema):
    milestones = fields.Integer(required=True)
    reached = fields.Integer(required=True)
