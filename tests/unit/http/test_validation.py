"""Everything that is wrong with a request is said at once, each thing once."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import MultiDict

from shared.errors import Invalid
from shared.http import Answer, Request, endpoint
from shared.http.fields import Line
from shared.http.validation import Nothing, checked_body, checked_query


class Wish(Schema):
    name = Line(5, required=True)
    note = fields.String()
    limit = fields.Integer(validate=validate.Range(max=3))


def wrong_body(raw: Any) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        checked_body(Wish(), raw)
    return {(error.field, error.code) for error in refused.value.errors}


def wrong_query(*pairs: tuple[str, str]) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        checked_query(Wish(), MultiDict(pairs))
    return {(error.field, error.code) for error in refused.value.errors}


def test_hidden_characters_and_broken_rules_are_named_together() -> None:
    """Even where a schema takes any text; of one field only the first thing is said."""
    assert wrong_body({"name": "a\x00bcdefgh", "note": "\u202e", "limit": 9}) == {
        ("/name", "control-character"),
        ("/note", "control-character"),
        ("/limit", "too-large"),
    }


def test_parameters_are_named_with_a_question_mark() -> None:
    """So that nobody looks for them in the body."""
    assert wrong_query(("limit", "1"), ("limit", "2"), ("x", "\r\n\x00"), ("note", "ok")) == {
        ("?limit", "repeated"),
        ("?x", "control-character"),
        ("?name", "required"),
    }


def test_what_is_right_is_loaded() -> None:
    """Trimmed, converted, defaults filled in."""
    assert checked_body(Wish(), {"name": " ก ", "limit": 2}) == {"name": "ก", "limit": 2}
    assert checked_query(Wish(), MultiDict([("name", "ก"), ("limit", "2")])) == {"name": "ก", "limit": 2}
    assert checked_body(Nothing(), {}) == {}


def test_an_endpoint_cannot_ask_for_a_role_that_nobody_has() -> None:
    """A typing mistake would lock everybody out: it is noticed when the module is imported."""
    with pytest.raises(ValueError, match="coordinators"):

        @endpoint("GET", "/x", roles={"coordinators"})
        def method(self: object, request: Request) -> Answer:
            return Answer()
