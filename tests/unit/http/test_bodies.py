"""JSON in the strict sense: what two readers could understand differently is refused."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import FieldError, Refusal
from shared.http.bodies import DEEPEST, LARGEST_INTEGER, hidden_characters, parse_json


def refusal(body: bytes) -> str:
    with pytest.raises(Refusal) as refused:
        parse_json(body)
    return refused.value.code


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ('{"th": "ลำพูน 🌱 שלום"}'.encode(), {"th": "ลำพูน 🌱 שלום"}),
        (rb'{"th": "\u0e25\u0e33\u0e1e\u0e39\u0e19 \ud83c\udf31"}', {"th": "ลำพูน 🌱"}),
        (b'["<b>", "a\\nb\\tc", 1.5, -0, null, true]', ["<b>", "a\nb\tc", 1.5, 0, None, True]),
        (str(LARGEST_INTEGER).encode(), LARGEST_INTEGER),
        (b'  "x"  ', "x"),
    ],
)
def test_what_is_json_is_read(body: bytes, value: object) -> None:
    """Written out or escaped, every script arrives."""
    assert parse_json(body) == value


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "not-json"),
        (b"{'a': 1}", "not-json"),
        (b'{"a": 1,}', "not-json"),
        (b'{"a": 1} {"b": 2}', "not-json"),
        (b'"line\nbreak"', "not-json"),
        (b"\xff\xfe{\x00}\x00", "not-json"),
        (b"\xef\xbb\xbf{}", "not-json"),
        ('{"th": "ลำพูน"}'.encode("cp874"), "not-json"),
        (b'"\xed\xa0\x80"', "not-json"),
        (b"\x00", "not-json"),
        (b"NaN", "not-json"),
        (b'{"a": [-Infinity]}', "not-json"),
        (b'{"a": 1, "a": 2}', "duplicate-key"),
        (rb'{"a": 1, "\u0061": 2}', "duplicate-key"),
        (b'{"x": {"a": 1, "b": 2, "a": 1}}', "duplicate-key"),
        (str(LARGEST_INTEGER + 1).encode(), "number-too-large"),
        (b"-" + b"9" * 19, "number-too-large"),
        (b"9" * 100_000, "number-too-large"),
        (b"1e400", "number-too-large"),
        (b"-1e400", "number-too-large"),
        (b"[" * (DEEPEST + 2) + b"]" * (DEEPEST + 2), "too-deep"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "too-deep"),
        (b"[" * 500_000, "too-deep"),
        (rb'{"\ud800": 1}', "not-json"),
        (rb'{"\u0000": 1}', "not-json"),
        (rb'{"\u202e": 1}', "not-json"),
    ],
)
def test_what_is_not_quite_json_is_refused(body: bytes, code: str) -> None:
    """Each with the reason, none with an error of ours."""
    assert refusal(body) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (r"\u0000", "control-character"),
        (r"\u001b[2J", "control-character"),
        (r"\b", "control-character"),
        ("a\u202eb", "control-character"),
        (r"\ud83c", "half-a-character"),
        (r"\udf31\ud83c", "half-a-character"),
    ],
)
def test_hidden_characters_are_refused_wherever_they_stand(text: str, code: str) -> None:
    """Even in a field whose schema takes any text: the pointer says where."""
    value = parse_json(f'{{"a": [1, {{"b/c": "x{text}"}}]}}'.encode())

    assert list(hidden_characters(value)) == [FieldError("/a/1/b~1c", code)]


def test_nesting_up_to_the_limit_is_read() -> None:
    """The deepest body that is taken."""
    body = b"[" * DEEPEST + b"1" + b"]" * DEEPEST

    assert json.dumps(parse_json(body)).encode() == body


@given(st.binary(max_size=60))
def test_no_bytes_at_all_break_the_reader(body: bytes) -> None:
    """A value or a refusal, nothing else."""
    with contextlib.suppress(Refusal):
        parse_json(body)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.text(st.characters(categories=["L", "N", "So"])),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abก"), inner, max_size=3)
        ),
        max_leaves=10,
    )
)
def test_what_a_sound_client_writes_is_read_as_it_is(value: object) -> None:
    """With and without escapes."""
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value
