"""The calendar that the province works by: days in Asia/Bangkok, working days with Thai public holidays.

The holidays are the `holidays` package's table for Thailand: those the Cabinet announced, with the days
in lieu of a holiday at a weekend. Labour Day counts as one, since partners' offices are closed on it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

BANGKOK = ZoneInfo("Asia/Bangkok")
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_ONE_DAY = timedelta(days=1)


def local_day(instant: datetime) -> date:
    """The date in Asia/Bangkok at an aware instant."""
    return instant.astimezone(BANGKOK).date()


def is_working_day(day: date) -> bool:
    """Monday to Friday, and no public holiday."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def working_days(start: date, end: date) -> int:
    """Working days from `start` to `end`: 5 from one Monday to the next, -5 back, 0 over a weekend.

    The earlier day itself is not counted, the later one is. Years outside 1990–2100 have no table and
    count weekdays only.
    """
    if end < start:
        return -working_days(end, start)
    days = (start + _ONE_DAY * step for step in range(1, (end - start).days + 1))
    return sum(map(is_working_day, days))


@cache
def _holidays(year: int) -> frozenset[date]:
    known = _FIRST_YEAR <= year <= _LAST_YEAR
    return frozenset(country_holidays("TH", years=year)) if known else frozenset()
