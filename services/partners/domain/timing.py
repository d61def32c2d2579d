"""When a contact would be told, for the preview. The sender decides again at the moment of sending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.calendar import BANGKOK
from shared.preferences import NEVER, PERIODS, Way

AFTER_HOLD, AFTER_QUIET_HOURS, BY_HAND = "after_hold", "after_quiet_hours", "by_hand"
IN_DIGEST, NOT_WANTED = "in_digest", "not_wanted"


@dataclass(frozen=True)
class When:
    """`at` is None for somebody without an address, whom the coordinator tells, and for whoever does not
    want to hear of such things."""

    how: str
    at: datetime | None


def when(
    now: datetime, hold: timedelta, quiet: Mapping[str, int] | None, has_address: bool, way: Way
) -> When:
    """The moment after the hold or the next digest, or the end of the quiet hours that it falls into."""
    if way.how == NEVER:
        return When(NOT_WANTED, None)
    if not has_address:
        return When(BY_HAND, None)
    due = now + hold
    if way.how in PERIODS:
        slot = way.next_slot(due)
        return When(IN_DIGEST, quiet_until(slot, quiet) or slot)
    end = quiet_until(due, quiet)
    return When(AFTER_HOLD, due) if end is None else When(AFTER_QUIET_HOURS, end)


def quiet_until(instant: datetime, quiet: Mapping[str, int] | None) -> datetime | None:
    """The end of the quiet hours that the instant lies in, or None. 20 to 7 crosses midnight."""
    if not quiet or quiet["start"] == quiet["end"]:
        return None
    local = instant.astimezone(BANGKOK)
    if (local.hour - quiet["start"]) % 24 >= (quiet["end"] - quiet["start"]) % 24:
        return None
    end = local.replace(hour=quiet["end"], minute=0, second=0, microsecond=0)
    return end if end > local else end + timedelta(days=1)
