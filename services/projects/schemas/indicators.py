"""Indicators and their measurements."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.projects.domain.indicators import MEETS
from services.projects.schemas.fields import Evidence
from services.projects.schemas.parts import FigureMembers, ProvenanceSchema, TextSchema
from shared.http.fields import BilingualLine, BilingualParagraph, Instant, PlainDate
from shared.http.messages import wrong
from shared.http.strict import AreaCode, Several


class NewIndicator(Schema):
    title = BilingualLine(300, required=True)
    unit = BilingualLine(100, required=True)
    baseline = fields.Nested(FigureMembers, load_default=None, allow_none=True)
    target = fields.Nested(FigureMembers, load_default=None, allow_none=True)
    direction = fields.String(load_default="at_least", validate=validate.OneOf(tuple(MEETS)))
    public = fields.Boolean(
        load_default=True, metadata={"description": "False: its figures never leave this service"}
    )
    note = BilingualParagraph(2000, load_default=None, allow_none=True)
    provenance = fields.Nested(ProvenanceSchema, load_default=None, allow_none=True)


class NewMeasurement(FigureMembers):
    """The total so far on one day. A figure that the source misprints: `value` null, `as_written` its
    words; it is kept as it is and never counted."""

    measured_on = PlainDate(required=True)
    areas = Several(AreaCode(), load_default=list)
    evidence = Evidence(1000, load_default=None, allow_none=True)
    note = BilingualParagraph(1000, load_default=None, allow_none=True)
    historic = fields.Boolean(load_default=None, allow_none=True, metadata={"description": "as the project"})

    @validates_schema
    def _say_something(self, data: Any, **_: Any) -> None:
        if data["value"] is None and not data.get("as_written"):
            raise ValidationError({"value": wrong("required").messages})


class MeasurementSchema(Schema):
    id = fields.String(required=True)
    indicator_id = fields.String(required=True)
    measured_on = PlainDate(required=True)
    value = fields.Float(required=True, allow_none=True)
    comparison = fields.String(required=True)
    as_written = fields.String(allow_none=True)
    malformed = fields.Boolean(required=True)
    provenance = fields.Nested(ProvenanceSchema, allow_none=True)
    areas = fields.List(fields.String(), required=True)
    evidence = fields.Nested(TextSchema, allow_none=True)
    note = fields.Nested(TextSchema, allow_none=True)
    historic = fields.Boolean(required=True)
    recorded_at = Instant(required=True)
    recorded_by = fields.String(required=True)


class IndicatorSchema(NewIndicator):
    id = fields.String(required=True)
    project_id = fields.String(required=True)
    version = fields.Integer(required=True)
    value = fields.Float(allow_none=True, metadata={"description": "the newest readable one"})
    latest = fields.Nested(MeasurementSchema, allow_none=True)
    areas_covered = fields.Integer(required=True, metadata={"description": "sub-districts"})
    measurements = fields.Integer(required=True, metadata={"description": "how many"})
    created_at = Instant(required=True)
    updated_at = Instant(required=True)
