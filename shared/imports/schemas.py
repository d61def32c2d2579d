"""Imports on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from shared.http.fields import Identifier, Instant, Line

LARGEST_IMPORT = 12 * 1024 * 1024  # bytes of the request; less than a document may hold
MOST_ROWS = 5_000  # of one sheet
WHAT = ("created", "existing", "merged", "erased", "refused")


class ImportedFile(Schema):
    """The file that the rows were read from, as the log names it."""

    file = Line(200, required=True)
    sha256 = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))


class RowOf(Schema):
    """`row` is the row's number in the file."""

    row = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=1_048_576))


class ImportSchema(ImportedFile):
    """`stored`: being applied; `done` once every row has a result."""

    id = Identifier(required=True)
    by = fields.String(required=True)
    at = Instant(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("stored", "done")))
    total = fields.Integer(required=True)
    done = fields.Integer(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    finished_at = Instant(allow_none=True)


class ImportAnswer(ImportSchema):
    """`known`: the same rows were handed in before."""

    known = fields.Boolean(required=True)


class ImportResult(Schema):
    """What became of one row; `number` counts them."""

    number = fields.Integer(required=True)
    sheet = fields.String(required=True)
    row = fields.Integer(required=True)
    what = fields.String(required=True, validate=validate.OneOf(WHAT))
    id = fields.String(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    problem = fields.String(required=True, allow_none=True)


class ImportQuery(Schema):
    """`check=true` only checks, and stores nothing."""

    check = fields.Boolean(load_default=False, truthy={"true"}, falsy={"false"})


def sheet_of(row: type[Schema], **options: Any) -> fields.List[Any]:
    """The rows of one sheet."""
    many = validate.Length(max=MOST_ROWS)
    return fields.List(fields.Nested(row), load_default=list, validate=many, **options)
