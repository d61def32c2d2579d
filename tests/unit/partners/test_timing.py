"""When somebody would be told, in Lamphun's hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.partners.domain.timing import quiet_until, when
from shared.preferences import DAILY, IMMEDIATE, NEVER, WEEKLY, Way

NO_HOLD = timedelta(0)
AT_ONCE = Way(IMMEDIATE, 3, 12)


def at(hour: int, minute: int = 0) -> datetime:
    """An hour of 23 November 2026 in Bangkok."""
    return datetime(2026, 11, 23, hour, minute, tzinfo=UTC) - timedelta(hours=7)


@pytest.mark.parametrize(
    ("now", "quiet", "until"),
    [
        (at(19, 59), {"start": 20, "end": 7}, None),
        (at(20), {"start": 20, "end": 7}, at(7) + timedelta(days=1)),
        (at(6, 59), {"start": 20, "end": 7}, at(7)),
        (at(7), {"start": 20, "end": 7}, None),
        (at(12, 30), {"start": 12, "end": 13}, at(13)),
        (at(13), {"start": 12, "end": 13}, None),
        (at(0), {"start": 0, "end": 0}, None),
        (at(0), None, None),
    ],
)
def test_quiet_hours_end_when_they_say(
    now: datetime, quiet: dict[str, int] | None, until: datetime | None
) -> None:
    """20 to 7 crosses midnight; the last hour is not part of it."""
    assert quiet_until(now, quiet) == until


def test_the_hold_may_lead_into_quiet_hours() -> None:
    """Reported at 19:59 with a hold of two minutes, told at 7:00."""
    told = when(at(19, 59), timedelta(minutes=2), {"start": 20, "end": 7}, has_address=True, way=AT_ONCE)

    assert (told.how, told.at) == ("after_quiet_hours", at(7) + timedelta(days=1))


def test_somebody_without_an_address_is_told_by_hand() -> None:
    """No hour is promised for a telephone call."""
    told = when(at(9), NO_HOLD, {"start": 0, "end": 23}, has_address=False, way=AT_ONCE)

    assert (told.how, told.at) == ("by_hand", None)


def test_a_digest_is_told_at_its_hour_and_not_in_quiet_hours() -> None:
    """Reported on Monday: Thursday noon, or the evening's end where noon is quiet."""
    thursday = at(12) + timedelta(days=3)

    weekly = when(at(9), NO_HOLD, None, has_address=True, way=Way(WEEKLY, 3, 12))
    quiet = when(at(9), NO_HOLD, {"start": 11, "end": 14}, has_address=True, way=Way(WEEKLY, 3, 12))
    daily = when(at(12), NO_HOLD, None, has_address=True, way=Way(DAILY, 0, 12))

    assert (weekly.how, weekly.at) == ("in_digest", thursday)
    assert (quiet.how, quiet.at) == ("in_digest", thursday + timedelta(hours=2))
    assert daily.at == at(12) + timedelta(days=1)


def test_whoever_does_not_want_it_is_not_told() -> None:
    """Not even by telephone."""
    told = when(at(9), NO_HOLD, None, has_address=False, way=Way(NEVER, 3, 12))

    assert (told.how, told.at) == ("not_wanted", None)
