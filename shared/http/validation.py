"""A request's query and body against their schemas: everything that is wrong, at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, ValidationError
from werkzeug.datastructures import MultiDict

from shared.errors import FieldError, Invalid
from shared.http.bodies import hidden_characters
from shared.http.messages import field_errors


class Nothing(Schema):
    """No members at all."""


def checked_body(schema: Schema, raw: Any) -> dict[str, Any]:
    """The loaded body. Raises Invalid, naming each field by its JSON pointer."""
    return _checked(schema, raw, hidden_characters(raw))


def checked_query(schema: Schema, arguments: MultiDict[str, str]) -> dict[str, Any]:
    """The loaded query. Raises Invalid, naming each parameter as `?name`."""
    given = arguments.to_dict()
    # two readers would pick different ones of a repeated parameter
    repeated = [FieldError(f"/{name}", "repeated") for name, values in arguments.lists() if len(values) > 1]
    try:
        return _checked(schema, given, [*repeated, *hidden_characters(given)])
    except Invalid as refused:
        errors = [FieldError(f"?{e.field[1:]}", e.code, e.params) for e in refused.errors]
        raise Invalid(errors=errors) from refused


def _checked(schema: Schema, raw: Any, known: Iterable[FieldError]) -> dict[str, Any]:
    """What is `known` to be wrong already is said first, and only that, of a field."""
    errors = {error.field: [error] for error in known}
    loaded: dict[str, Any] = {}
    try:
        loaded = schema.load(raw)
    except ValidationError as error:
        _add(errors, field_errors(error.messages))
    if errors:
        raise Invalid(errors=[error for of_field in errors.values() for error in of_field])
    return loaded


def _add(errors: dict[str, list[FieldError]], found: Iterable[FieldError]) -> None:
    known = frozenset(errors)
    for error in found:
        if error.field not in known:
            errors.setdefault(error.field, []).append(error)
