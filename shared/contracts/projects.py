"""What the projects service says happened."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.contracts.facets import (
    Contract,
    MilestoneSnapshot,
    NextMilestone,
    ProjectSnapshot,
    Result,
    Text,
)

STEPS = ("due_30", "due_7", "due_1", "overdue_1", "overdue_8", "overdue_15", "overdue_weekly")


class ProjectChanged(Contract):
    """created, updated, started, completed, cancelled; `reason` says why it was cancelled."""

    project = fields.Nested(ProjectSnapshot, required=True)
    reason = fields.Nested(Text, allow_none=True)
    historic = fields.Boolean(load_default=False)


class MilestoneChanged(Contract):
    """planned, updated, started, reached, rescheduled, cancelled, corrected, recalled.

    `hold_seconds`: how long after `time` nothing may be sent, so that a recall can stop it.
    `concerns`: for a correction, the events whose audience must hear of it as well; for a recall,
    the one event that is taken back.
    """

    project = fields.Nested(ProjectSnapshot, required=True)
    milestone = fields.Nested(MilestoneSnapshot, required=True)
    before = fields.Nested(MilestoneSnapshot, allow_none=True)
    next = fields.Nested(NextMilestone, allow_none=True)
    results = fields.List(fields.Nested(Result), required=True)
    reason = fields.Nested(Text, allow_none=True)
    hold_seconds = fields.Integer(required=True, validate=validate.Range(min=0, max=86_400))
    historic = fields.Boolean(load_default=False)
    concerns = fields.List(fields.String(), load_default=list)


class MilestoneDue(MilestoneChanged):
    """due_soon, overdue: time has made it, nobody reported anything.

    `rule` says which day has come, as `due_7` or `overdue_22`, counted from the due date; `steps` are all
    those for which this one event stands, the newest last: what is entered late collapses into one.
    `together`: so many came at once for one coordinator that they are told in a digest.
    """

    rule = fields.String(required=True, validate=validate.Regexp(r"^(due|overdue)_\d{1,7}$"))
    steps = fields.List(
        fields.String(validate=validate.OneOf(STEPS)), required=True, validate=validate.Length(min=1)
    )
    together = fields.Boolean(load_default=False)


class IndicatorChanged(Contract):
    """defined, measured. `project` at its own version, which is not this event's."""

    project = fields.Nested(ProjectSnapshot, allow_none=True)
    indicator_id = fields.String(required=True)
    project_id = fields.String(required=True)
    title = fields.Nested(Text, required=True)
    unit = fields.Nested(Text, required=True)
    baseline = fields.Float(allow_none=True)
    target = fields.Float(allow_none=True)
    value = fields.Float(allow_none=True)
    measured_on = fields.Date(allow_none=True)
    areas = fields.List(fields.String(), required=True)
    historic = fields.Boolean(load_default=False)
