"""What marshmallow says is wrong, as stable codes with values, one per field, named by JSON pointer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from shared.errors import FieldError

_SCHEMA = "_schema"
_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

# marshmallow 4 hands over sentences, not codes. A test walks all of its fields and validators, so that
# a sentence that a new version words differently is noticed.
_SENTENCES = tuple(
    (re.compile(pattern, re.DOTALL), code)
    for pattern, code in (
        (r"Missing data for required field\.", "required"),
        (r"Field may not be null\.", "null"),
        (r"Unknown field\.", "unknown-field"),
        (r"Invalid input type\.|Invalid type\.|Not a valid mapping type\.", "not-an-object"),
        (r"Not a valid (list|tuple)\.", "not-a-list"),
        (r"Not a valid (utf-8 )?string\.", "not-a-text"),
        (r"Not a valid integer\.", "not-a-whole-number"),
        (r"Not a valid number\.", "not-a-number"),
        (r"Number too large\.", "number-too-large"),
        (r"Special numeric values .*", "not-a-number"),
        (r"Not a valid boolean\.", "not-a-yes-or-no"),
        (r"Not a valid date\.", "not-a-date"),
        (r"Not a valid time\.|Not a valid period of time\.", "not-a-time"),
        (r"Not a valid ((naive|aware) )?datetime\.", "not-an-instant"),
        (r"Not a valid UUID\.", "not-an-identifier"),
        (r"Not a valid email address\.", "not-an-email-address"),
        (r"Not a valid URL\.", "not-a-url"),
        (r"Not a valid IP(v[46])? (address|interface)\.", "not-an-ip-address"),
        (r"Length must be between (?P<min>\S+) and (?P<max>\S+)\.", "wrong-length"),
        (r"Length must be (?P<equal>\S+)\.", "not-this-length"),
        (r"Shorter than minimum length (?P<min>\S+)\.", "too-short"),
        (r"Longer than maximum length (?P<max>\S+)\.", "too-long"),
        (
            r"Must be greater than (?:or equal to )?(?P<min>\S+)"
            r" and less than (?:or equal to )?(?P<max>\S+)\.",
            "out-of-range",
        ),
        (r"Must be greater than or equal to (?P<min>\S+)\.", "too-small"),
        (r"Must be greater than (?P<min>\S+)\.", "not-above"),
        (r"Must be less than or equal to (?P<max>\S+)\.", "too-large"),
        (r"Must be less than (?P<max>\S+)\.", "not-below"),
        (r"Must be equal to (?P<other>.*)\.", "not-equal"),
        (r"Must be one of: (?P<choices>.*)\.", "not-a-choice"),
        (r"One or more of the choices you made was not in: (?P<choices>.*)\.", "not-a-choice"),
        (r"One or more of the choices you made was in: (?P<values>.*)\.", "forbidden-choice"),
        (r"String does not match expected pattern\.", "wrong-form"),
        (r"Invalid (input|value)\.|.* cannot be formatted as .*", "wrong-value"),
    )
)


class Message(str):
    """A code that travels through marshmallow as its message, with the values its sentence needs."""

    params: Mapping[str, Any]

    def __new__(cls, code: str, **params: Any) -> Message:
        message = super().__new__(cls, code)
        message.params = params
        return message


def wrong(code: str, **params: Any) -> ValidationError:
    """What a field, validator or `validates_schema` raises: `field.<code>` stands in the catalogue."""
    return ValidationError([Message(code, **params)])


def field_errors(messages: Any, prefix: str = "") -> tuple[FieldError, ...]:
    """marshmallow's nested messages as a flat list, in the order of the fields."""
    return tuple(_walk(messages, prefix))


def pointer(parent: str, part: object) -> str:
    """The JSON pointer (RFC 6901) of a part of `parent`."""
    return f"{parent}/{str(part).replace('~', '~0').replace('/', '~1')}"


def _walk(messages: Any, path: str) -> Iterator[FieldError]:
    if isinstance(messages, Mapping):
        for part, inner in messages.items():
            yield from _walk(inner, path if part == _SCHEMA else pointer(path, part))
    elif isinstance(messages, list | tuple):
        for inner in messages:
            yield from _walk(inner, path)
    else:
        code, params = code_of(messages)
        yield FieldError(path, code, params)


def code_of(message: Any) -> tuple[str, Mapping[str, Any]]:
    """The code behind a message, and its values: (`too-long`, {"max": "200"})."""
    if isinstance(message, Message):
        return str(message), message.params
    text = str(message)
    if _CODE.fullmatch(text):
        return text, {}
    for pattern, code in _SENTENCES:
        match = pattern.fullmatch(text)
        if match:
            return code, {name: value for name, value in match.groupdict().items() if value is not None}
    return "wrong-value", {}
