"""Fields of this service: JSON in the strict sense, known areas, lists in which nothing stands twice."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing, validate

from shared.areas import areas
from shared.contracts.facets import LANGUAGES, MISSIONS
from shared.http.fields import Identifier, Instant
from shared.http.messages import wrong

LARGEST_FIGURE = 1e15  # exact in a float down to a tenth
Given = Mapping[str, Any] | None


class YesNo(fields.Boolean):
    """A JSON true or false; in a query, the word."""

    def _deserialize(self, value: Any, attr: str | None, data: Given, **kwargs: Any) -> bool:
        if not isinstance(value, bool) and value not in ("true", "false"):
            raise wrong("not-a-yes-or-no")
        return value in (True, "true")


class Number(fields.Float):
    """A JSON number of at least zero, neither a text nor a yes or no."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validate=validate.Range(min=0, max=LARGEST_FIGURE), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Given, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong("not-a-number")
        number: float = super()._deserialize(value, attr, data, **kwargs)
        return number


class WholeNumber(fields.Integer):
    """A JSON integer; in a query, its digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Given, **kwargs: Any) -> int:
        digits = isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII)
        if isinstance(value, bool | float) or not (digits or isinstance(value, int)):
            raise wrong("not-a-whole-number")
        number: int = super()._deserialize(value, attr, data, **kwargs)
        return number


class AreaCode(fields.String):
    """The official code of the province (51), a district (5101) or a sub-district (510112)."""

    def _deserialize(self, value: Any, attr: str | None, data: Given, **kwargs: Any) -> str:
        code: str = super()._deserialize(value, attr, data, **kwargs)
        if code not in areas():
            raise wrong("unknown-area")
        return code


class Several(fields.List[Any]):
    """A list of which no item stands twice."""

    def __init__(self, item: fields.Field[Any], *, least: int = 0, most: int = 60, **options: Any) -> None:
        super().__init__(item, validate=validate.Length(min=least, max=most), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Given, **kwargs: Any) -> list[Any]:
        items: list[Any] = super()._deserialize(value, attr, data, **kwargs)
        repeated = [position for position, item in enumerate(items) if item in items[:position]]
        if repeated:
            raise ValidationError({position: wrong("repeated").messages for position in repeated})
        return items


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


def amending(schema: type[Schema], *without: str) -> type[Schema]:
    """The schema of a PATCH: each member may be left out, and then stays as it is."""
    declared = schema._declared_fields
    members = {name: _optional(field) for name, field in declared.items() if name not in without}
    return Schema.from_dict(members, name=schema.__name__.replace("New", "Amended"))


def _optional(field: fields.Field[Any]) -> fields.Field[Any]:
    optional = copy.copy(field)
    optional.required, optional.load_default = False, missing
    return optional
