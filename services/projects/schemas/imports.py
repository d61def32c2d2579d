"""The rows of an import of projects."""

from __future__ import annotations

from marshmallow import fields, validate

from services.projects.domain.importing import PROJECT_STATUSES
from services.projects.domain.milestones import PLANNED, STATUSES
from services.projects.schemas.plans import NewProject
from shared.http.fields import BilingualLine, BilingualParagraph, Line, PlainDate
from shared.imports.schemas import ImportedFile, RowOf, sheet_of


class ProjectRow(RowOf, NewProject):
    """`code` is what the rows of milestones call it, `programme` the title of one that exists."""

    class Meta:
        exclude = ("programme_id", "provenance")

    code = Line(40, required=True)
    programme = Line(300, allow_none=True, load_default=None)
    status = fields.String(load_default=PLANNED, validate=validate.OneOf(PROJECT_STATUSES))


class MilestoneRow(RowOf):
    """`project` is a code of this import."""

    project = Line(40, required=True)
    title = BilingualLine(300, required=True)
    due_date = PlainDate(required=True)
    status = fields.String(load_default=PLANNED, validate=validate.OneOf(STATUSES))
    reached_on = PlainDate(load_default=None, allow_none=True)
    note = BilingualParagraph(2000, load_default=None, allow_none=True)


class NewImport(ImportedFile):
    projects = sheet_of(ProjectRow)
    milestones = sheet_of(MilestoneRow)
