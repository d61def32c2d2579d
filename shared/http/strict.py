"""Fields of the province's REST surface: numbers that are numbers, known areas, lists without repeats."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing, validate

from shared.areas import areas
from shared.http.messages import wrong

LARGEST_FIGURE = 1e15  # exact in a float down to a tenth


class Number(fields.Float):
    """A JSON number, neither a text nor a yes or no, and never NaN or infinite."""

    def __init__(self, *, least: float = -LARGEST_FIGURE, **options: Any) -> None:
        options.setdefault("validate", validate.Range(min=least, max=LARGEST_FIGURE))
        super().__init__(**options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong("not-a-number")
        number: float = super()._deserialize(value, attr, data, **kwargs)
        return number


class WholeNumber(fields.Integer):
    """A JSON integer; with `from_text`, as a query needs it, its digits."""

    def __init__(self, *, from_text: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._from_text = from_text

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if not (self._is_digits(value) if self._from_text else type(value) is int):
            raise wrong("not-a-whole-number")
        number: int = super()._deserialize(value, attr, data, **kwargs)
        return number

    @staticmethod
    def _is_digits(value: Any) -> bool:
        return isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII) is not None


class AreaCode(fields.String):
    """The official code of the province (51), a district (5101) or a sub-district (510112)."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        code: str = super()._deserialize(value, attr, data, **kwargs)
        if code not in areas():
            raise wrong("unknown-area")
        return code


class Several(fields.List[Any]):
    """A list of which no item stands twice."""

    def __init__(self, item: fields.Field[Any], *, least: int = 0, most: int = 60, **options: Any) -> None:
        super().__init__(item, validate=validate.Length(min=least, max=most), **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[Any]:
        items: list[Any] = super()._deserialize(value, attr, data, **kwargs)
        repeated = {position: ["repeated"] for position, item in enumerate(items) if item in items[:position]}
        if repeated:
            raise ValidationError({position: wrong("repeated").messages for position in repeated})
        return items


def amending(schema: type[Schema], *without: str) -> type[Schema]:
    """The schema of a PATCH: each member may be left out, and then stays as it is."""
    declared = schema._declared_fields
    members = {name: _optional(field) for name, field in declared.items() if name not in without}
    return Schema.from_dict(members, name=schema.__name__.replace("New", "Amended"))


def _optional(field: fields.Field[Any]) -> fields.Field[Any]:
    optional = copy.copy(field)
    optional.required, optional.load_default = False, missing
    return optional
