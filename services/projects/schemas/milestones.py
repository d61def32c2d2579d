"""Milestones: planned, reported on, and what is said back."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.projects.domain.milestones import STATUSES
from services.projects.domain.planning import PLAN_FIELDS
from services.projects.schemas.fields import Evidence
from services.projects.schemas.parts import (
    AlertSchema,
    ConfirmationSchema,
    CriterionSchema,
    ProvenanceSchema,
    TextSchema,
)
from shared.http.fields import BilingualLine, BilingualParagraph, Identifier, Instant, PlainDate
from shared.http.pagination import PageQuery
from shared.http.strict import amending

MOST_CRITERIA = 20


class NewMilestone(Schema):
    """`status`, `reached_on` and `note` only for what is historic: everything else is reported."""

    title = BilingualLine(300, required=True)
    due_date = PlainDate(required=True)
    description = BilingualParagraph(2000, load_default=None, allow_none=True)
    criteria = fields.List(
        fields.Nested(CriterionSchema), load_default=list, validate=validate.Length(max=MOST_CRITERIA)
    )
    provenance = fields.Nested(ProvenanceSchema, load_default=None, allow_none=True)
    historic = fields.Boolean(load_default=None, allow_none=True, metadata={"description": "as the project"})
    imported = fields.Boolean(
        load_default=False,
        metadata={"description": "no reminders for days that have passed; none at all if it is overdue"},
    )
    status = fields.String(load_default="planned", validate=validate.OneOf(STATUSES))
    reached_on = PlainDate(load_default=None, allow_none=True)
    note = BilingualParagraph(2000, load_default=None, allow_none=True)


AmendedMilestone = amending(NewMilestone, *(set(NewMilestone._declared_fields) - PLAN_FIELDS))


class Reach(Schema):
    reached_on = PlainDate(load_default=None, allow_none=True, metadata={"description": "today if left out"})
    note = BilingualParagraph(2000, load_default=None, allow_none=True)
    evidence = Evidence(2000, load_default=None, allow_none=True)
    confirm_unmet = fields.Boolean(
        load_default=False, metadata={"description": "reached although criteria are unmet"}
    )


class Reschedule(Schema):
    due_date = PlainDate(required=True)
    reason = BilingualParagraph(1000, required=True)
    note = BilingualParagraph(2000, load_default=None, allow_none=True)


class Cancel(Schema):
    reason = BilingualParagraph(1000, required=True)
    note = BilingualParagraph(2000, load_default=None, allow_none=True)


class Correct(Schema):
    """What was wrong, and only the members that are to be set right."""

    reason = BilingualParagraph(1000, required=True)
    status = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(STATUSES))
    title = BilingualLine(300, load_default=None, allow_none=True)
    due_date = PlainDate(load_default=None, allow_none=True)
    reached_on = PlainDate(load_default=None, allow_none=True)
    note = BilingualParagraph(2000, load_default=None, allow_none=True)
    evidence = Evidence(2000, load_default=None, allow_none=True)


class Recall(Schema):
    reason = BilingualParagraph(1000, load_default=None, allow_none=True)


class MilestoneSchema(Schema):
    """`event_id` and `hold_until` stand in the answer to a report: until then it can be recalled."""

    id = fields.String(required=True)
    project_id = fields.String(required=True)
    version = fields.Integer(required=True, metadata={"description": "the milestone's own, as in its ETag"})
    title = fields.Nested(TextSchema, required=True)
    description = fields.Nested(TextSchema, allow_none=True)
    due_date = PlainDate(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    criteria = fields.List(fields.Nested(CriterionSchema), required=True)
    historic = fields.Boolean(required=True)
    imported = fields.Boolean(required=True)
    provenance = fields.Nested(ProvenanceSchema, allow_none=True)
    reached_on = PlainDate(allow_none=True)
    note = fields.Nested(TextSchema, allow_none=True)
    reason = fields.Nested(TextSchema, allow_none=True)
    evidence = fields.Nested(TextSchema, allow_none=True)
    confirmed = fields.Nested(ConfirmationSchema, allow_none=True)
    alerts = fields.List(fields.Nested(AlertSchema), required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)
    event_id = fields.String()
    hold_until = Instant(allow_none=True)


class MilestoneQuery(PageQuery):
    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))
    due_before = PlainDate(load_default=None, metadata={"description": "exclusive"})
    project = Identifier(load_default=None)


class ProjectMilestoneQuery(PageQuery):
    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))
    due_before = PlainDate(load_default=None, metadata={"description": "exclusive"})
