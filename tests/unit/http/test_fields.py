"""What people type: Thai, emoji and other scripts pass; hidden characters and wrong eras do not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields

from shared.http.fields import (
    BilingualLine,
    BilingualParagraph,
    Identifier,
    Instant,
    Line,
    Paragraph,
    PlainDate,
)
from shared.http.messages import code_of


def load(field: fields.Field[Any], value: object) -> Any:
    return field.deserialize(value)


def refusal(field: fields.Field[Any], value: object) -> str:
    with pytest.raises(ValidationError) as refused:
        field.deserialize(value)
    messages = refused.value.messages
    assert isinstance(messages, list)
    return code_of(messages[0])[0]


@pytest.mark.parametrize(
    "text",
    [
        "อบรมคัดแยกขยะ ครบ 51 ตำบล",
        "น้ำ ปู่ ญาติผู้ใหญ่",  # combining vowels and tones
        "Clean Lamphun 🌱👩‍👩‍👧‍👦",  # joined by zero-width joiners
        "مرحبا שלום",  # right-to-left letters need no override
        '<script>alert(1)</script> & "quotes" \'; drop table',  # text is text: whoever shows it escapes it
        "=HYPERLINK(1)",
        "หมอกควัน\u200bไฟป่า",  # zero-width space, where Thai may break a line
        "x" * 200,
    ],
)
def test_a_line_takes_what_people_write(text: str) -> None:
    """Every script, emoji and mark-up arrives as it was typed."""
    assert load(Line(200), text) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("subject\r\nBcc: all@example.org", "line-break"),
        ("one\ntwo", "line-break"),
        ("one\ttwo", "line-break"),
        ("one\u2028two", "line-break"),
        ("one\x00two", "control-character"),
        ("bell\x07", "control-character"),
        ("\x1b[31mred", "control-character"),
        ("next\x85line", "control-character"),
        ("invoice\u202efdp.exe", "control-character"),
        ("\u2066isolated\u2069", "control-character"),
        ("\ufeffmarked", "control-character"),
        ("", "too-short"),
        ("   ", "too-short"),
        ("x" * 201, "too-long"),
        (5, "not-a-text"),
        (None, "null"),
        (["x"], "not-a-text"),
        (True, "not-a-text"),
    ],
)
def test_a_line_refuses_what_could_deceive(text: object, code: str) -> None:
    """Line breaks forge headers, overrides hide what a name says, controls break logs and terminals."""
    assert refusal(Line(200), text) == code


def test_a_paragraph_has_lines_and_nothing_else_hidden() -> None:
    """CR LF becomes LF; controls are refused as in a line."""
    assert load(Paragraph(), "  หนึ่ง\r\nสอง\rสาม\n\n") == "หนึ่ง\nสอง\nสาม"
    assert refusal(Paragraph(), "a\x00b") == "control-character"
    assert refusal(Paragraph(), "a\u202eb") == "control-character"


@given(st.text(max_size=50))
def test_whatever_a_line_lets_through_is_one_visible_line(text: str) -> None:
    """No accepted text can break a header, a log line or a table row."""
    try:
        line = load(Line(50), text)
    except ValidationError:
        return
    assert len(line.splitlines()) == 1
    assert not any(character in line for character in "\x00\r\n\t\u202e")


@pytest.mark.parametrize(
    "text", ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "510112", "01ARZ3:3", "01ARZ3:3:head", "eco-town"]
)
def test_an_identifier_is_one_of_ours(text: str) -> None:
    """ULIDs, area codes, event ids and their pages."""
    assert load(Identifier(), text) == text


@pytest.mark.parametrize("text", ["", "../etc", "a b", "$ne", "{}", "ก", "x" * 201, "-x", "a\n", "a%00"])
def test_an_identifier_is_nothing_else(text: str) -> None:
    """No path, no operator, no blank reaches the database."""
    assert refusal(Identifier(), text) == "not-an-identifier"


@pytest.mark.parametrize("value", [{"$ne": None}, ["a"], 5, None])
def test_an_identifier_is_a_text(value: object) -> None:
    """An object in place of an id is the oldest trick against a document database."""
    assert refusal(Identifier(), value) in ("not-a-text", "null")


def test_a_date_is_a_day_of_our_calendar() -> None:
    """Year, month, day; no time and no offset."""
    assert load(PlainDate(), "2026-11-22") == date(2026, 11, 22)
    assert load(PlainDate(), "2028-02-29") == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2569-11-22", "buddhist-era-year"),
        ("2400-01-01", "buddhist-era-year"),
        ("2569-02-29", "buddhist-era-year"),
        ("2569-99-99", "buddhist-era-year"),
        ("1989-12-31", "year-out-of-range"),
        ("2101-01-01", "year-out-of-range"),
        ("2026-02-29", "not-a-date"),
        ("2026-13-01", "not-a-date"),
        ("22/11/2026", "not-a-date"),
        ("20261122", "not-a-date"),
        ("2026-W47-7", "not-a-date"),
        ("2026-11-22T00:00:00", "not-a-date"),
        ("๒๕๖๙-๑๑-๒๒", "not-a-date"),
        ("", "not-a-date"),
        (20261122, "not-a-date"),
        (None, "null"),
    ],
)
def test_a_wrong_date_says_what_is_wrong(text: object, code: str) -> None:
    """2569 where 2026 is meant is the mistake everybody makes once; the message names the year to write."""
    assert refusal(PlainDate(), text) == code


def test_the_year_that_was_meant_is_named() -> None:
    """2569 of the Buddhist era is 2026."""
    with pytest.raises(ValidationError) as refused:
        PlainDate().deserialize("2569-11-22")

    assert isinstance(refused.value.messages, list)
    assert code_of(refused.value.messages[0]) == ("buddhist-era-year", {"given": 2569, "meant": 2026})


def test_a_date_goes_out_whether_stored_as_day_or_text() -> None:
    """MongoDB has no days, so that services keep them as text."""
    schema = Schema.from_dict({"due": PlainDate(), "at": Instant()})()

    assert schema.dump({"due": "2026-11-22", "at": "2026-11-22T01:00:00.000Z"}) == schema.dump(
        {"due": date(2026, 11, 22), "at": datetime(2026, 11, 22, 1, tzinfo=UTC)}
    )
    assert schema.dump({"due": None, "at": None}) == {"due": None, "at": None}


def test_an_instant_is_read_with_its_offset() -> None:
    """Eight in the morning in Lamphun is one in the morning in UTC."""
    assert load(Instant(), "2026-11-22T08:00:00+07:00") == datetime(2026, 11, 22, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-11-22T08:00:00", "not-an-instant"),
        ("2026-11-22", "not-an-instant"),
        ("2569-11-22T08:00:00Z", "buddhist-era-year"),
        ("0001-01-01T00:00:00+14:00", "not-an-instant"),
        ("1970-01-01T00:00:00Z", "year-out-of-range"),
        ("yesterday", "not-an-instant"),
        (0, "not-an-instant"),
        (None, "null"),
    ],
)
def test_a_wrong_instant_says_what_is_wrong(text: object, code: str) -> None:
    """A moment without an offset could be seven hours off."""
    assert refusal(Instant(), text) == code


def test_two_languages_are_thai_and_perhaps_english() -> None:
    """Thai must be there; English may be missing or null; no third language."""
    schema = Schema.from_dict({"title": BilingualLine(20, required=True), "note": BilingualParagraph(50)})()

    assert schema.load({"title": {"th": "ก"}, "note": {"th": "ก\nข", "en": None}}) == {
        "title": {"th": "ก"},
        "note": {"th": "ก\nข", "en": None},
    }
    errors = schema.validate({"title": {"en": "A\nB", "fr": "C"}, "note": {"th": "x" * 51}})
    assert sorted(errors["title"]) == ["en", "fr", "th"]
    assert list(errors["note"]) == ["th"]
