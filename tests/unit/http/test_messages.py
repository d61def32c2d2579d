"""marshmallow's sentences become stable codes; a sentence that a new version words differently is noticed."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from shared.errors import FieldError
from shared.http.messages import code_of, field_errors, pointer, wrong

_SAMPLE = {
    "obj_type": "datetime", "awareness": "aware", "input": "x", "choices": "a, b",
}  # fmt: skip
# "validator_failed" is what a validator that only says no leaves us with; "format" never meets a load.
_VAGUE = {"validator_failed", "format"}
_FIELDS = [
    kind for kind in vars(fields).values() if isinstance(kind, type) and issubclass(kind, fields.Field)
]


def _sentences() -> list[tuple[str, str, str]]:
    return [
        (kind.__name__, key, text.format(**_SAMPLE))
        for kind in _FIELDS
        for key, text in kind.default_error_messages.items()
        if isinstance(text, str)
    ]


@pytest.mark.parametrize(("kind", "key", "sentence"), _sentences())
def test_every_sentence_of_every_field_is_known(kind: str, key: str, sentence: str) -> None:
    """No message of marshmallow's own fields falls through to `wrong-value`."""
    code, _ = code_of(sentence)

    assert (code == "wrong-value") == (key in _VAGUE), f"{kind}: {sentence}"


@pytest.mark.parametrize(
    ("validator", "value", "code", "params"),
    [
        (validate.Length(min=2), "x", "too-short", {"min": "2"}),
        (validate.Length(max=2), "xxx", "too-long", {"max": "2"}),
        (validate.Length(min=2, max=3), "x", "wrong-length", {"min": "2", "max": "3"}),
        (validate.Length(equal=2), "x", "not-this-length", {"equal": "2"}),
        (validate.Range(min=1), 0, "too-small", {"min": "1"}),
        (validate.Range(max=1), 2, "too-large", {"max": "1"}),
        (validate.Range(min=1, max=5), 9, "out-of-range", {"min": "1", "max": "5"}),
        (validate.Range(min=1, min_inclusive=False), 1, "not-above", {"min": "1"}),
        (validate.Range(max=1, max_inclusive=False), 1, "not-below", {"max": "1"}),
        (
            validate.Range(min=0.5, max=2.5, max_inclusive=False),
            9,
            "out-of-range",
            {"min": "0.5", "max": "2.5"},
        ),
        (validate.OneOf(("th", "en")), "fr", "not-a-choice", {"choices": "th, en"}),
        (validate.ContainsOnly(("a", "b")), ["c"], "not-a-choice", {"choices": "a, b"}),
        (validate.ContainsNoneOf(("a", "b")), ["a"], "forbidden-choice", {"values": "a, b"}),
        (validate.NoneOf(("a",)), "a", "wrong-value", {}),
        (validate.Equal(3), 4, "not-equal", {"other": "3"}),
        (validate.Regexp("x"), "y", "wrong-form", {}),
        (validate.Email(), "x", "not-an-email-address", {}),
        (validate.URL(), "x", "not-a-url", {}),
        (validate.Predicate("isdigit"), "x", "wrong-value", {}),
    ],
)
def test_every_validator_has_its_code_and_values(
    validator: validate.Validator, value: object, code: str, params: dict[str, str]
) -> None:
    """The figures in the rule reach the caller's own language."""
    with pytest.raises(ValidationError) as refused:
        validator(value)

    assert code_of(refused.value.messages[0]) == (code, params)


class Part(Schema):
    name = fields.String(required=True, validate=validate.Length(max=3))


class Whole(Schema):
    class Meta:
        unknown = RAISE

    title = fields.String(required=True)
    parts = fields.List(fields.Nested(Part))
    count = fields.Integer(strict=True)
    flag = fields.Boolean()


def errors_of(value: Any) -> set[tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        Whole().load(value)
    return {(error.field, error.code) for error in field_errors(refused.value.messages)}


def test_every_wrong_field_is_named_by_its_pointer() -> None:
    """All at once, however deep, so that nobody corrects a form seven times."""
    assert errors_of(
        {"parts": [{"name": "ok"}, {"name": "long"}, {}, 5], "count": "1.5", "a/b~c": 1, "flag": "?"}
    ) == {
        ("/title", "required"),
        ("/parts/1/name", "too-long"),
        ("/parts/2/name", "required"),
        ("/parts/3", "not-an-object"),
        ("/count", "not-a-whole-number"),
        ("/a~1b~0c", "unknown-field"),
        ("/flag", "not-a-yes-or-no"),
    }


@pytest.mark.parametrize("value", [[], "text", 5, None, True])
def test_what_is_no_object_is_wrong_as_a_whole(value: object) -> None:
    """The pointer of the whole body is the empty text (RFC 6901)."""
    assert errors_of(value) == {("", "not-an-object")}


def test_a_rule_of_our_own_carries_its_code_and_values() -> None:
    """`wrong` travels through marshmallow without being reworded."""

    class Rule(Schema):
        due = fields.String(validate=lambda _: (_ for _ in ()).throw(wrong("buddhist-era-year", meant=2026)))

    with pytest.raises(ValidationError) as refused:
        Rule().load({"due": "2569"})

    assert field_errors(refused.value.messages) == (FieldError("/due", "buddhist-era-year", {"meant": 2026}),)


def test_a_sentence_nobody_knows_is_simply_a_wrong_value() -> None:
    """A validator's own English never reaches a Thai reader."""
    assert code_of("That is quite impossible, I fear!") == ("wrong-value", {})


def test_pointers_escape_what_rfc_6901_escapes() -> None:
    """~ and / inside a name."""
    assert pointer("/a", "b/c~d") == "/a/b~1c~0d"
