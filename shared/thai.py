"""How dates, numbers and texts are written for Thai readers, and beside it for English ones.

Thai: Buddhist era and Arabic digits (วันจันทร์ที่ 23 พฤศจิกายน 2569, 23 พ.ย. 2569). English: Gregorian.
The names of days and months are CLDR's (Babel).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import regex  # type: ignore[import-untyped]  # it ships no types; needed for grapheme clusters
from babel.dates import get_day_names, get_month_names

BUDDHIST_ERA = 543  # years between the Buddhist and the Gregorian era
ELLIPSIS = "…"
_CLUSTER = regex.compile(r"\X")
_FULL = {"th": "{weekday}ที่ {day} {month} {year}", "en": "{weekday} {day} {month} {year}"}


def year_of(day: date, language: str) -> int:
    """2569 in Thai, 2026 in English."""
    return day.year + (BUDDHIST_ERA if language == "th" else 0)


def fiscal_year(day: date) -> int:
    """The Thai fiscal year, Buddhist era: October 2026 to September 2027 is 2570."""
    return day.year + BUDDHIST_ERA + (day.month >= 10)


def full_date(day: date, language: str) -> str:
    """วันจันทร์ที่ 23 พฤศจิกายน 2569; Monday 23 November 2026."""
    month = get_month_names("wide", locale=language)[day.month]
    pattern = _FULL.get(language, _FULL["en"])
    return pattern.format(
        weekday=weekday(day, language), day=day.day, month=month, year=year_of(day, language)
    )


def weekday(day: date, language: str) -> str:
    """วันพฤหัสบดี; Thursday."""
    name: str = get_day_names("wide", locale=language)[day.weekday()]
    return name


def short_date(day: date, language: str) -> str:
    """23 พ.ย. 2569; 23 Nov 2026."""
    month = get_month_names("abbreviated", locale=language)[day.month]
    return f"{day.day} {month} {year_of(day, language)}"


def number(value: float) -> str:
    """Arabic digits, thousands apart, at most two decimals: 50; 5,514,641.28."""
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def in_language(text: Mapping[str, str | None] | None, language: str) -> str:
    """The text in the reader's language, in Thai where there is no other, '' for none at all."""
    if not text:
        return ""
    return text.get(language) or text.get("th") or ""


def cut(text: str, most: int) -> str:
    """At most `most` characters as a reader sees them, never breaking one (grapheme clusters, UAX #29)."""
    if len(text) <= most:
        return text
    clusters: list[str] = _CLUSTER.findall(text)
    if len(clusters) <= most:
        return text
    return "".join(clusters[: most - 1]).rstrip() + ELLIPSIS
