"""Dates, numbers and cuts as Thai and English readers expect them; days as the province counts them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import is_working_day, local_day, working_days
from shared.thai import cut, fiscal_year, full_date, in_language, number, short_date

DAY = date(2026, 11, 23)


def test_a_full_date_has_its_weekday_and_its_era() -> None:
    """Buddhist era in Thai, Gregorian in English, Arabic digits in both."""
    assert full_date(DAY, "th") == "วันจันทร์ที่ 23 พฤศจิกายน 2569"
    assert full_date(DAY, "en") == "Monday 23 November 2026"


def test_a_short_date_has_neither() -> None:
    """For subjects and chips."""
    assert short_date(DAY, "th") == "23 พ.ย. 2569"
    assert short_date(DAY, "en") == "23 Nov 2026"


def test_every_weekday_and_month_has_its_thai_name() -> None:
    """As the Royal Society writes them."""
    weekdays = [full_date(date(2026, 11, 22 + n), "th").split("ที่")[0] for n in range(7)]
    assert weekdays == ["วันอาทิตย์", "วันจันทร์", "วันอังคาร", "วันพุธ", "วันพฤหัสบดี", "วันศุกร์", "วันเสาร์"]
    months = [short_date(date(2026, n, 1), "th").split()[1] for n in range(1, 13)]
    assert months == [
        "ม.ค.",
        "ก.พ.",
        "มี.ค.",
        "เม.ย.",
        "พ.ค.",
        "มิ.ย.",
        "ก.ค.",
        "ส.ค.",
        "ก.ย.",
        "ต.ค.",
        "พ.ย.",
        "ธ.ค.",
    ]


@pytest.mark.parametrize(
    ("day", "year"), [(date(2026, 9, 30), 2569), (date(2026, 10, 1), 2570), (date(2027, 1, 1), 2570)]
)
def test_the_fiscal_year_begins_in_october(day: date, year: int) -> None:
    """Fiscal year 2570 runs from October 2569 to September 2570."""
    assert fiscal_year(day) == year


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (50, "50"),
        (50.0, "50"),
        (5514641.28, "5,514,641.28"),
        (0.5, "0.5"),
        (100, "100"),
        (-0.001, "0"),
        (1e15, "1,000,000,000,000,000"),
    ],
)
def test_numbers_are_written_without_empty_decimals(value: float, text: str) -> None:
    """Thousands apart, two decimals at most."""
    assert number(value) == text


def test_the_evening_before_in_greenwich_is_the_day_in_bangkok() -> None:
    """Seven hours ahead."""
    assert local_day(datetime(2026, 11, 22, 17, 0, tzinfo=UTC)) == DAY
    assert local_day(datetime(2026, 11, 22, 16, 59, tzinfo=UTC)) == date(2026, 11, 22)


# The `holidays` package's table for Thailand, 2026 and 2027, as the Cabinet announced or the rule gives.
HOLIDAYS = [
    date(2026, 1, 1), date(2026, 1, 2), date(2026, 3, 3), date(2026, 4, 6), date(2026, 4, 13),
    date(2026, 4, 14), date(2026, 4, 15), date(2026, 5, 1), date(2026, 5, 4), date(2026, 6, 1),
    date(2026, 6, 3), date(2026, 7, 28), date(2026, 7, 29), date(2026, 7, 30), date(2026, 8, 12),
    date(2026, 10, 13), date(2026, 10, 23), date(2026, 12, 7), date(2026, 12, 10), date(2026, 12, 31),
]  # fmt: skip


@pytest.mark.parametrize("day", HOLIDAYS)
def test_nobody_works_on_a_public_holiday_of_2026(day: date) -> None:
    """1 June stands in for Visakha Bucha on a Sunday, 7 December for 5 December on a Saturday."""
    assert not is_working_day(day)


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(2026, 12, 8), date(2026, 12, 11), date(2027, 1, 4)])
def test_other_weekdays_are_worked(day: date) -> None:
    """Monday to Friday."""
    assert is_working_day(day)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (date(2026, 11, 23), date(2026, 11, 30), 5),
        (date(2026, 11, 30), date(2026, 11, 23), -5),
        (date(2026, 11, 30), date(2026, 12, 15), 9),  # without 7 and 10 December
        (date(2026, 11, 28), date(2026, 11, 29), 0),
        (date(2026, 11, 23), date(2026, 11, 23), 0),
        (date(2026, 12, 30), date(2027, 1, 4), 1),  # without 31 December and 1 January
        (date(2026, 4, 10), date(2026, 4, 16), 1),  # Songkran
    ],
)
def test_working_days_skip_weekends_and_holidays(start: date, end: date, days: int) -> None:
    """The earlier day is not counted, the later one is."""
    assert working_days(start, end) == days


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 400))
def test_going_back_is_as_far_as_coming(start: date, length: int) -> None:
    """The same days, the other sign."""
    end = date.fromordinal(start.toordinal() + length)
    assert working_days(start, end) == -working_days(end, start)
    assert 0 <= working_days(start, end) <= length


def test_a_text_falls_back_to_thai() -> None:
    """Where nobody wrote an English one."""
    assert in_language({"th": "ลำพูน", "en": None}, "en") == "ลำพูน"
    assert in_language({"th": "ลำพูน", "en": ""}, "en") == "ลำพูน"
    assert in_language({"th": "ลำพูน", "en": "Lamphun"}, "en") == "Lamphun"
    assert in_language(None, "th") == ""


def test_a_cut_keeps_characters_whole() -> None:
    """น้ำ is one character of three code points, a family emoji one of seven."""
    assert cut("น้ำ" * 3, 2) == "น้ำ…"
    assert cut("👨‍👩‍👧‍👦" * 3, 2) == "👨‍👩‍👧‍👦…"
    assert cut("short", 10) == "short"


@given(st.text(), st.integers(1, 20))
def test_a_cut_is_never_longer_than_asked(text: str, most: int) -> None:
    """In characters as a reader counts them."""
    assert len(regex.findall(r"\X", cut(text, most))) <= most
