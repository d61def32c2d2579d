"""The hours of the day in which a contact wants no mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.calendar import BANGKOK


@dataclass(frozen=True)
class QuietHours:
    """Whole hours in Thailand, `start` included, `end` not; 20 and 7 cross midnight; equal ones are none."""

    start: int
    end: int

    def over_at(self, now: datetime) -> datetime | None:
        """When they end, if `now` lies in them."""
        local = now.astimezone(BANGKOK)
        if (local.hour - self.start) % 24 >= (self.end - self.start) % 24:
            return None
        end = local.replace(hour=self.end, minute=0, second=0, microsecond=0)
        return end if end > local else end + timedelta(days=1)
