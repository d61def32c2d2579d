"""Limits on how much is sent: in all and to one domain a minute, and in all a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notifications.domain.claiming import DAILY_CAP, DOMAIN_LIMIT, RATE_LIMIT
from shared.calendar import BANGKOK


@dataclass(frozen=True)
class Allowance:
    """A counter that replicas share: `key` names it, `most` may be drawn from it until `ends_at`; `why` is
    what whoever finds it empty waits for."""

    key: str
    most: int
    ends_at: datetime
    why: str


@dataclass(frozen=True)
class Limits:
    """0 means no limit."""

    per_minute: int = 0
    per_domain_per_minute: int = 0
    per_day: int = 0

    def allowances(self, domain: str, now: datetime) -> list[Allowance]:
        """Every allowance that a mail to this domain draws from, the narrowest first."""
        minute = now.replace(second=0, microsecond=0)
        over = minute + timedelta(minutes=1)
        stamp = minute.strftime("%Y-%m-%dT%H:%M")
        day = now.astimezone(BANGKOK).replace(hour=0, minute=0, second=0, microsecond=0)
        found = (
            Allowance(f"minute/{stamp}/{domain}", self.per_domain_per_minute, over, DOMAIN_LIMIT),
            Allowance(f"minute/{stamp}", self.per_minute, over, RATE_LIMIT),
            Allowance(f"day/{day:%Y-%m-%d}", self.per_day, day + timedelta(days=1), DAILY_CAP),
        )
        return [allowance for allowance in found if allowance.most]


def granted(wanted: int, drawn_in_all: int, most: int) -> int:
    """How many of the `wanted` are within the limit, where `drawn_in_all` counts them already."""
    return max(0, min(wanted, most - (drawn_in_all - wanted)))
