"""marshmallow fields for what people type: no hidden characters, dates of our own era."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from marshmallow import Schema, fields, validate

from shared.clock import from_timestamp, to_timestamp
from shared.http.messages import wrong

EARLIEST_YEAR, LATEST_YEAR = 1990, 2100
BUDDHIST_ERA = 543  # years ahead of the Gregorian calendar
_BUDDHIST_FROM = 2400

# Controls, line and paragraph separators, and the marks that turn a line around to hide what it says
# (Unicode TR 36, 2.10 "bidirectional spoofing"). Zero-width joiners stay: emoji and scripts need them.
BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"
NEVER = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{BIDI_CONTROLS}\ufeff\ufffe\uffff]")
_NOT_IN_A_LINE = re.compile("[\t\n\r\u2028\u2029]")
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}")


# ruff: noqa: A002  `min` and `max`, as marshmallow's own Length and Range name them


class Line(fields.String):
    """A text on one line, trimmed, of 1 to `max` characters (`min=0` lets it be empty)."""

    def __init__(self, max: int = 200, *, min: int = 1, **options: Any) -> None:
        # two rules, so that the message says which of them was broken
        options.setdefault("validate", (validate.Length(min=min), validate.Length(max=max)))
        super().__init__(**options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs).strip(" ")
        self._refuse_hidden(text)
        return text

    def _refuse_hidden(self, text: str) -> None:
        if _NOT_IN_A_LINE.search(text):
            raise wrong("line-break")
        if NEVER.search(text):
            raise wrong("control-character")


class Paragraph(Line):
    """A text of several lines; CR LF becomes LF."""

    def __init__(self, max: int = 4000, *, min: int = 1, **options: Any) -> None:
        super().__init__(max, min=min, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return text.replace("\r\n", "\n").replace("\r", "\n").strip()

    def _refuse_hidden(self, text: str) -> None:
        if NEVER.search(text):
            raise wrong("control-character")


class Identifier(fields.String):
    """An id of ours: a ULID, an area code, an event id such as `01J…:3`."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not IDENTIFIER.fullmatch(text):
            raise wrong("not-an-identifier")
        return text


class PlainDate(fields.Date):
    """A day as `2026-11-22`. A year of the Buddhist era is refused, naming the year to write."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> date:
        _refuse_buddhist_era(value)
        if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            raise wrong("not-a-date")
        day: date = super()._deserialize(value, attr, data, **kwargs)
        if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            raise wrong("year-out-of-range", min=EARLIEST_YEAR, max=LATEST_YEAR)
        return day

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value if isinstance(value, str) else super()._serialize(value, attr, obj, **kwargs)


class Instant(fields.DateTime):
    """A moment with its offset from UTC; answered in UTC with milliseconds, whether stored as text or not."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        _refuse_buddhist_era(value)
        try:
            instant = from_timestamp(value)
        except (ValueError, TypeError, OverflowError) as error:
            raise wrong("not-an-instant") from error
        if not EARLIEST_YEAR <= instant.year <= LATEST_YEAR:
            raise wrong("year-out-of-range", min=EARLIEST_YEAR, max=LATEST_YEAR)
        return instant

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return to_timestamp(value) if isinstance(value, datetime) else value


class BilingualLine(fields.Nested):
    """`{"th": …, "en": …}`, each on one line of up to `max` characters."""

    def __init__(self, max: int = 300, **options: Any) -> None:
        super().__init__(_bilingual("BilingualLine", Line, max), **options)


class BilingualParagraph(fields.Nested):
    """`{"th": …, "en": …}`, each of several lines and up to `max` characters."""

    def __init__(self, max: int = 4000, **options: Any) -> None:
        super().__init__(_bilingual("BilingualParagraph", Paragraph, max), **options)


@cache  # the same schema for the same length, so that the API's description names it once
def _bilingual(name: str, field: type[Line], max: int) -> type[Schema]:
    languages: dict[str, fields.Field[Any]] = {
        "th": field(max, required=True),
        "en": field(max, allow_none=True),
    }
    return Schema.from_dict(languages, name=f"{name}{max}")


def _refuse_buddhist_era(value: Any) -> None:
    year = re.match(r"(\d{4})-", value, re.ASCII) if isinstance(value, str) else None
    if year and int(year[1]) >= _BUDDHIST_FROM:
        raise wrong("buddhist-era-year", given=int(year[1]), meant=int(year[1]) - BUDDHIST_ERA)
