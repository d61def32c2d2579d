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


class ProjectChanged(Contract):
    """created, updated, started, completed."""

    project = fields.Nested(ProjectSnapshot, required=True)
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


class IndicatorChanged(Contract):
    """defined, measured."""

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
