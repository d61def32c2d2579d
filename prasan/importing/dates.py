"""A day as people write it: Buddhist or Christian era, Thai digits, Excel's serial numbers. Never a guess:
a year that could be either is refused."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import get_month_names

from prasan.importing.findings import Wrong
from shared.http.fields import EARLIEST_YEAR, LATEST_YEAR
from shared.thai import BUDDHIST_ERA

THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
BUDDHIST, CHRISTIAN = "พ.ศ.", "ค.ศ."
_ERAS = {"พ.ศ.": BUDDHIST, "พศ": BUDDHIST, "be": BUDDHIST, "b.e.": BUDDHIST,
         "ค.ศ.": CHRISTIAN, "คศ": CHRISTIAN, "ce": CHRISTIAN, "c.e.": CHRISTIAN, "ad": CHRISTIAN}  # fmt: skip
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d+)", re.ASCII)
_WRITTEN = re.compile(r"(?:วัน\S*ที่\s*)?(\d{1,2})\s*([^\d\s]+)\s*(พ\.?ศ\.?|ค\.?ศ\.?|[A-Za-z.]+)?\s*(\d+)")


def read_day(value: Any, epoch: datetime) -> date:
    """The day in a cell. `epoch` is the workbook's day 0 of serial numbers. Raises Wrong."""
    if isinstance(value, bool):
        raise Wrong("not-a-date")
    if isinstance(value, datetime | date):
        return _of(value.year, value.month, value.day)
    if isinstance(value, int | float):
        return _serial(value, epoch)
    return _written(str(value).translate(THAI_DIGITS).strip())


def _serial(value: float, epoch: datetime) -> date:
    """46349 is 23 November 2026; what counts to a day outside the years that we know is no date."""
    try:
        day = epoch + timedelta(days=int(value))
    except OverflowError:
        raise Wrong("not-a-date") from None
    if not (EARLIEST_YEAR <= day.year <= LATEST_YEAR or _is_buddhist(day.year)):
        raise Wrong("serial-out-of-range", given=f"{value:g}")
    return _of(day.year, day.month, day.day)


def _written(text: str) -> date:
    if found := _YEAR_FIRST.fullmatch(text):
        return _of(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.fullmatch(text):
        return _of(_year(found[3]), int(found[2]), int(found[1]))
    if found := _WRITTEN.fullmatch(text):
        month = _months().get(found[2].casefold().rstrip("."))
        era = _ERAS.get((found[3] or "").casefold().replace(" ", ""))
        if month and (era or not found[3]):
            return _of(_year(found[4]), month, int(found[1]), era)
    raise Wrong("not-a-date")


def _year(digits: str) -> int:
    if len(digits) != 4:
        raise Wrong("ambiguous-year", given=digits)
    return int(digits)


def _of(year: int, month: int, day: int, era: str | None = None) -> date:
    """The day, its year taken to be of the only era in which it makes sense. Raises Wrong."""
    buddhist, christian = _is_buddhist(year), EARLIEST_YEAR <= year <= LATEST_YEAR
    if not (buddhist or christian):
        raise Wrong("ambiguous-year", given=year)
    if era and era != (BUDDHIST if buddhist else CHRISTIAN):
        raise Wrong("wrong-era", given=year, era=era)
    try:
        return date(year - (BUDDHIST_ERA if buddhist else 0), month, day)
    except ValueError:
        raise Wrong("no-such-day", day=day, month=month, year=year) from None


def _is_buddhist(year: int) -> bool:
    return EARLIEST_YEAR <= year - BUDDHIST_ERA <= LATEST_YEAR


def _months() -> dict[str, int]:
    """Every name of a month, in both languages, long and short."""
    return {
        name.casefold().rstrip("."): number
        for language in ("th", "en")
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale=language).items()
    }
