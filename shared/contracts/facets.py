"""The parts that several events share: texts in two languages, facets, snapshots."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

VISIBILITIES = ("internal", "partners", "public")
PARTNER_KINDS = (
    "jppcc", "csr_donor", "industry", "chamber", "cluster",
    "community", "agency", "local_gov", "academia", "media",
)  # fmt: skip
PARTNER_ROLES = ("sponsor", "implementer", "advisor", "beneficiary")
PROVINCE_ROLES = ("coordinator", "head", "secretariat")
ROLES = PARTNER_ROLES + PROVINCE_ROLES
SECTORS = (
    "environment", "industry", "handicraft", "agriculture", "tourism",
    "housing", "welfare", "health", "education", "governance",
)  # fmt: skip
MISSIONS = (1, 2, 3, 4, 5, 6)
LANGUAGES = ("th", "en")

MilestoneStatus = ("planned", "in_progress", "reached", "cancelled")
ProjectStatus = ("planned", "in_progress", "completed", "cancelled")


class Contract(Schema):
    """A part of an event. Consumers ignore what they do not know."""

    class Meta:
        unknown = EXCLUDE


class Text(Contract):
    """A text in Thai and, where somebody wrote one, in English."""

    th = fields.String(required=True, validate=validate.Length(min=1, max=4000))
    en = fields.String(allow_none=True, validate=validate.Length(max=4000))


class Facets(Contract):
    """What a subscription may ask about. `areas` are official codes: 51, 5101 or 510112."""

    programme = fields.String(allow_none=True)
    missions = fields.List(fields.Integer(validate=validate.OneOf(MISSIONS)), required=True)
    sectors = fields.List(fields.String(validate=validate.OneOf(SECTORS)), required=True)
    areas = fields.List(fields.String(validate=validate.Regexp(r"^51(\d{2}(\d{2})?)?$")), required=True)


class Coordinator(Contract):
    """Who signs an alert: a name, an office and a telephone number, never an address."""

    id = fields.String(required=True)
    name = fields.Nested(Text, required=True)
    office = fields.Nested(Text, required=True)
    telephone = fields.String(required=True, validate=validate.Length(max=40))


class Programme(Contract):
    id = fields.String(required=True)
    title = fields.Nested(Text, required=True)


class Progress(Contract):
    """How many of the project's milestones are reached, cancelled ones left out of both."""

    milestones = fields.Integer(required=True, validate=validate.Range(min=0))
    reached = fields.Integer(required=True, validate=validate.Range(min=0))


class ProjectSnapshot(Contract):
    """A project as it was at one version."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.Nested(Text, required=True)
    programme = fields.Nested(Programme, allow_none=True)
    facets = fields.Nested(Facets, required=True)
    visibility = fields.String(required=True, validate=validate.OneOf(VISIBILITIES))
    status = fields.String(required=True, validate=validate.OneOf(ProjectStatus))
    fiscal_year = fields.Integer(
        required=True, metadata={"description": "Buddhist era, October to September"}
    )
    agency = fields.Nested(Text, required=True)
    coordinator = fields.Nested(Coordinator, required=True)
    progress = fields.Nested(Progress, required=True)


class MilestoneSnapshot(Contract):
    """A milestone as it was at one version."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.Nested(Text, required=True)
    status = fields.String(required=True, validate=validate.OneOf(MilestoneStatus))
    due_date = fields.Date(required=True)
    reached_on = fields.Date(allow_none=True)
    note = fields.Nested(Text, allow_none=True)
    historic = fields.Boolean(load_default=False)


class NextMilestone(Contract):
    """What comes next in the project: its earliest open milestone."""

    id = fields.String(required=True)
    title = fields.Nested(Text, required=True)
    due_date = fields.Date(required=True)


class Result(Contract):
    """One line of "results to date": 50 of 50 sessions, 51 of 51 sub-districts."""

    label = fields.Nested(Text, required=True)
    value = fields.Float(required=True)
    target = fields.Float(required=True)
    unit = fields.Nested(Text, required=True)
    met = fields.Boolean(required=True)
