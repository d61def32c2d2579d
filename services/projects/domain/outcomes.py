"""What became of an alert: every relevant contact stands in exactly one count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Audience:
    """How many contacts an event was for, and how many were left out, by why."""

    relevant: int
    left_out: Mapping[str, int]


@dataclass(frozen=True)
class Count:
    """So many deliveries are in one state, for one cause (`why` may be None)."""

    state: str
    why: str | None
    count: int


@dataclass(frozen=True)
class Outcome:
    """A partition: `relevant` = the sum of `counts` + `waiting`; until the audience is known,
    `relevant` and `waiting` are None. `surplus` counts what no partition may have; it must be 0."""

    relevant: int | None
    counts: tuple[Count, ...]
    waiting: int | None
    surplus: int
    left_out: Mapping[str, int]


def outcome(audience: Audience | None, dispatches: Iterable[Iterable[Count]]) -> Outcome:
    """The outcome of one alert, from its audience and the newest counts of each of its dispatches."""
    totals: Counter[tuple[str, str]] = Counter()
    for counts in dispatches:
        for count in counts:
            totals[count.state, count.why or ""] += count.count
    merged = tuple(Count(state, why or None, number) for (state, why), number in sorted(totals.items()))
    if audience is None:
        return Outcome(None, merged, None, 0, {})
    missing = audience.relevant - sum(totals.values())
    return Outcome(audience.relevant, merged, max(missing, 0), max(-missing, 0), dict(audience.left_out))
