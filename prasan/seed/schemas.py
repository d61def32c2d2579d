"""The shape of each seed file; what no shape can say stands in `rules.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.contracts.facets import (
    LANGUAGES,
    MISSIONS,
    PARTNER_KINDS,
    ROLES,
    SECTORS,
    VISIBILITIES,
    MilestoneStatus,
    ProjectStatus,
    Text,
)
from shared.contracts.partners import LAWFUL_BASES, QuietHours
from shared.contracts.registry import EVENT_TYPES

PROVENANCES = ("source", "illustrative")
_SUBSCRIBABLE = tuple(name.removeprefix("projects.").removesuffix(".v1") for name in EVENT_TYPES)
_KEY = validate.Regexp(r"^[a-z0-9]+([/-][a-z0-9]+)*$")


def _area() -> fields.String:
    return fields.String(validate=validate.Regexp(r"^51(\d{2}(\d{2})?)?$"))


class Sourced(Schema):
    """Whatever says where it comes from; what is the source's carries the quoted words."""

    provenance = fields.String(required=True, validate=validate.OneOf(PROVENANCES))
    quote = fields.String(validate=validate.Length(min=2))

    @validates_schema
    def quoted_if_and_only_if_source(self, data: Mapping[str, Any], **_: Any) -> None:
        if (data["provenance"] == "source") != ("quote" in data):
            raise ValidationError("source needs its quoted words, illustrative has none", "quote")


class Figure(Sourced):
    """A number, or null where the source's own is malformed or nothing is known."""

    value = fields.Float(required=True, allow_none=True)
    comparison = fields.String(validate=validate.Equal("more_than"))
    malformed = fields.Boolean()
    as_written = fields.String()

    @validates_schema
    def never_repaired(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("malformed") and data["value"] is not None:
            raise ValidationError("a malformed figure has no value", "value")


class Mission(Sourced):
    number = fields.Integer(required=True, validate=validate.OneOf(MISSIONS))
    title = fields.Nested(Text, required=True)


class Programme(Sourced):
    key = fields.String(required=True, validate=_KEY)
    title = fields.Nested(Text, required=True)
    missions = fields.List(fields.Integer(validate=validate.OneOf(MISSIONS)), required=True)


class Coordinator(Sourced):
    key = fields.String(required=True, validate=_KEY)
    name = fields.Nested(Text, required=True)
    office = fields.Nested(Text, required=True)
    telephone = fields.String(required=True)


class Criterion(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(("indicator_at_least", "areas_covered")))
    indicator = fields.String(required=True)
    value = fields.Nested(Figure)
    areas = fields.List(_area())
    provenance = fields.String(validate=validate.OneOf(PROVENANCES))
    quote = fields.String()


class Milestone(Sourced):
    key = fields.String(required=True, validate=_KEY)
    title = fields.Nested(Text, required=True)
    due_date = fields.Date(required=True)
    status = fields.String(required=True, validate=validate.OneOf(MilestoneStatus))
    reached_on = fields.Date(required=True, allow_none=True)
    historic = fields.Boolean(required=True)
    criteria = fields.List(fields.Nested(Criterion), required=True)
    note = fields.Nested(Text, allow_none=True)


class Budget(Schema):
    amount = fields.Nested(Figure, required=True)
    source = fields.Nested(Text, required=True)


class Project(Sourced):
    key = fields.String(required=True, validate=_KEY)
    title = fields.Nested(Text, required=True)
    programme = fields.String(required=True, allow_none=True)
    missions = fields.List(fields.Integer(validate=validate.OneOf(MISSIONS)), required=True)
    sectors = fields.List(fields.String(validate=validate.OneOf(SECTORS)), required=True)
    areas = fields.List(_area(), required=True)
    fiscal_year = fields.Integer(required=True, validate=validate.Range(min=2559, max=2600))
    visibility = fields.String(required=True, validate=validate.OneOf(VISIBILITIES))
    agency = fields.Nested(Text, required=True)
    coordinator = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(ProjectStatus))
    budget = fields.Nested(Budget, allow_none=True)
    historic = fields.Boolean(required=True)
    milestones = fields.List(fields.Nested(Milestone), required=True, validate=validate.Length(min=1))


class Measurement(Figure):
    key = fields.String(required=True, validate=_KEY)
    measured_on = fields.Date(required=True)
    areas = fields.List(_area(), required=True, validate=validate.Length(min=1))
    historic = fields.Boolean(required=True)
    evidence = fields.Nested(Text, allow_none=True)
    note = fields.Nested(Text, allow_none=True)


class Indicator(Schema):
    key = fields.String(required=True, validate=_KEY)
    project = fields.String(required=True)
    title = fields.Nested(Text, required=True)
    unit = fields.Nested(Text, required=True)
    baseline = fields.Nested(Figure, required=True)
    target = fields.Nested(Figure, required=True)
    note = fields.Nested(Text, allow_none=True)
    public = fields.Boolean(required=True)
    measurements = fields.List(fields.Nested(Measurement), required=True)


class QuotedFigure(Figure):
    """A figure that is only ever quoted, never calculated with."""

    key = fields.String(required=True, validate=_KEY)
    text = fields.Nested(Text, required=True)
    note = fields.Nested(Text)


class Partner(Sourced):
    key = fields.String(required=True, validate=_KEY)
    name = fields.Nested(Text, required=True)
    kinds = fields.List(
        fields.String(validate=validate.OneOf(PARTNER_KINDS)), required=True, validate=validate.Length(min=1)
    )
    areas = fields.List(_area(), required=True)
    missions = fields.List(fields.Integer(validate=validate.OneOf(MISSIONS)), required=True)


class Basis(Schema):
    """The lawful basis for alerts (Thai PDPA, section 24), and who recorded it when and from what."""

    basis = fields.String(required=True, validate=validate.OneOf(LAWFUL_BASES))
    source = fields.String(required=True)
    recorded_on = fields.Date(required=True)
    recorded_by = fields.String(required=True)


class Contact(Sourced):
    key = fields.String(required=True, validate=_KEY)
    name = fields.Nested(Text, required=True)
    salutation = fields.String(required=True)
    position = fields.Nested(Text, required=True)
    partners = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    address = fields.Email(required=True, allow_none=True)
    lawful_basis = fields.Nested(Basis, required=True, allow_none=True)
    unsubscribed = fields.Boolean(required=True)
    quiet_hours = fields.Nested(QuietHours, allow_none=True)
    by_hand = fields.Nested(Text, allow_none=True)


class Pledge(Schema):
    quantity = fields.Nested(Figure, required=True)
    done = fields.Nested(Figure, required=True)
    unit = fields.Nested(Text, required=True)


class Scope(Schema):
    milestones = fields.List(fields.String(), required=True)
    areas = fields.List(_area(), required=True)


class Engagement(Sourced):
    project = fields.String(required=True)
    partner = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    contact = fields.String(required=True, allow_none=True)
    scope = fields.Nested(Scope, required=True)
    pledge = fields.Nested(Pledge, required=True, allow_none=True)


class Facets(Schema):
    projects = fields.List(fields.String(), required=True)
    programmes = fields.List(fields.String(), required=True)
    missions = fields.List(fields.Integer(validate=validate.OneOf(MISSIONS)), required=True)
    areas = fields.List(_area(), required=True)
    sectors = fields.List(fields.String(validate=validate.OneOf(SECTORS)), required=True)
    event_types = fields.List(fields.String(validate=validate.OneOf(_SUBSCRIBABLE)), required=True)


class Subscription(Sourced):
    key = fields.String(required=True, validate=_KEY)
    partner = fields.String(required=True)
    label = fields.Nested(Text, required=True)
    facets = fields.Nested(Facets, required=True)


SCHEMAS: Mapping[str, type[Schema]] = {
    "missions": Mission,
    "programmes": Programme,
    "coordinators": Coordinator,
    "projects": Project,
    "indicators": Indicator,
    "figures": QuotedFigure,
    "partners": Partner,
    "contacts": Contact,
    "engagements": Engagement,
    "subscriptions": Subscription,
}
