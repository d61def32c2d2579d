"""Fields of this service: words to choose from, and what every record has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from shared.contracts.facets import LANGUAGES, MISSIONS
from shared.http.fields import Identifier, Instant
from shared.http.messages import wrong
from shared.http.strict import WholeNumber

Given = Mapping[str, Any] | None


class YesNo(fields.Boolean):
    """A JSON true or false; in a query, the word."""

    def _deserialize(self, value: Any, attr: str | None, data: Given, **kwargs: Any) -> bool:
        if not isinstance(value, bool) and value not in ("true", "false"):
            raise wrong("not-a-yes-or-no")
        return value in (True, "true")


def one_of(values: tuple[str, ...], **options: Any) -> fields.String:
    """One of these words."""
    return fields.String(validate=validate.OneOf(values), **options)


def mission(**options: Any) -> WholeNumber:
    """One of the province's six missions."""
    return WholeNumber(validate=validate.OneOf(MISSIONS), **options)


def language(**options: Any) -> fields.String:
    """th or en."""
    return one_of(LANGUAGES, **options)


def ended() -> YesNo:
    """A list's parameter: what has ended, or what has not."""
    text = "those that have ended, instead of the others"
    return YesNo(load_default=False, metadata={"description": text})


class Kept(Schema):
    """What every record has besides what was given."""

    id = Identifier(required=True)
    version = fields.Integer(required=True, metadata={"description": "also the ETag"})
    created_at = Instant(required=True)
    updated_at = Instant(required=True)
