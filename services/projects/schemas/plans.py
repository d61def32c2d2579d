"""Missions, programmes and projects."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.projects.schemas.fields import FiscalYear
from services.projects.schemas.parts import (
    BudgetSchema,
    CoordinatorSchema,
    ProgressSchema,
    ProvenanceSchema,
    TextSchema,
)
from shared.contracts.facets import MISSIONS, SECTORS, VISIBILITIES, ProjectStatus
from shared.http.fields import BilingualLine, BilingualParagraph, Identifier, Instant, Line
from shared.http.pagination import PageQuery
from shared.http.strict import AreaCode, Several, WholeNumber, amending


class MissionSchema(Schema):
    """One of the province's six missions."""

    number = fields.Integer(required=True)
    title = fields.Nested(TextSchema, required=True)
    provenance = fields.Nested(ProvenanceSchema, required=True)


class NewProgramme(Schema):
    title = BilingualLine(300, required=True)
    description = BilingualParagraph(4000, load_default=None, allow_none=True)
    missions = Several(WholeNumber(validate=validate.OneOf(MISSIONS)), required=True, least=1)
    provenance = fields.Nested(ProvenanceSchema, load_default=None, allow_none=True)


AmendedProgramme = amending(NewProgramme)


class ProgrammeSchema(NewProgramme):
    id = fields.String(required=True)
    version = fields.Integer(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class NewProject(Schema):
    title = BilingualLine(300, required=True)
    description = BilingualParagraph(4000, load_default=None, allow_none=True)
    agency = BilingualLine(300, required=True)
    coordinator = fields.Nested(CoordinatorSchema, required=True)
    fiscal_year = FiscalYear(required=True)
    budget = fields.Nested(BudgetSchema, load_default=None, allow_none=True)
    missions = Several(WholeNumber(validate=validate.OneOf(MISSIONS)), required=True, least=1)
    sectors = Several(fields.String(validate=validate.OneOf(SECTORS)), required=True, least=1)
    areas = Several(AreaCode(), required=True, least=1)
    emenscr = Line(60, load_default=None, allow_none=True)
    visibility = fields.String(required=True, validate=validate.OneOf(VISIBILITIES))
    programme_id = Identifier(load_default=None, allow_none=True)
    provenance = fields.Nested(ProvenanceSchema, load_default=None, allow_none=True)
    historic = fields.Boolean(load_default=False)


AmendedProject = amending(NewProject, "coordinator", "historic")


class CancelProject(Schema):
    reason = BilingualParagraph(1000, required=True)


class HandOver(Schema):
    coordinator = fields.Nested(CoordinatorSchema, required=True)


class ProjectSchema(NewProject):
    id = fields.String(required=True)
    version = fields.Integer(required=True)
    status = fields.String(required=True, validate=validate.OneOf(ProjectStatus))
    progress = fields.Nested(ProgressSchema, required=True)
    reason = fields.Nested(TextSchema, allow_none=True, metadata={"description": "why it was cancelled"})
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class ProjectQuery(PageQuery):
    programme = Identifier(load_default=None)
    mission = WholeNumber(from_text=True, load_default=None, validate=validate.OneOf(MISSIONS))
    area = AreaCode(load_default=None)
    status = fields.String(load_default=None, validate=validate.OneOf(ProjectStatus))
    fiscal_year = FiscalYear(from_text=True, load_default=None)
    visibility = fields.String(load_default=None, validate=validate.OneOf(VISIBILITIES))
    coordinator = Identifier(load_default=None)
    q = Line(200, load_default=None, metadata={"description": "part of a title, in Thai or English"})
