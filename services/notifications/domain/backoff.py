"""How long a refused delivery waits, and how long a sender pauses: full jitter, chance passed in.

Full jitter (any wait from nothing to a ceiling that doubles) spreads retries best:
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

from datetime import timedelta

FIRST_CEILING = timedelta(minutes=1)
HIGHEST_CEILING = timedelta(hours=4)
GIVE_UP_AFTER = timedelta(hours=72)  # of waiting; after that an alert is old news
SHORTEST_WAIT = timedelta(seconds=1)

FIRST_PAUSE = 1.0  # seconds
LONGEST_PAUSE = 300.0


def wait_after(refusals: int, waited: timedelta, chance: float) -> timedelta | None:
    """How long to wait after the refusal number `refusals` (the first is 1), or None: give up.

    `waited` is what this delivery has waited already; pauses of the sender do not count. `chance` is from
    0 to 1. The last attempt is made when exactly 72 hours were waited.
    """
    left = GIVE_UP_AFTER - waited
    if left <= timedelta(0):
        return None
    ceiling = min(HIGHEST_CEILING, FIRST_CEILING * (1 << min(refusals - 1, 16)))
    return min(left, max(SHORTEST_WAIT, ceiling * chance))


def pause_after(troubles: int, chance: float) -> float:
    """Seconds for which a sender rests after that many troubles with its mail server in a row.

    Half of the ceiling at least: a server in trouble is not helped by a jitter of nothing.
    """
    ceiling = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(troubles - 1, 16))
    return ceiling * (0.5 + chance / 2)
