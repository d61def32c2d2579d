"""What a sending lane writes down before a window of messages enters DATA, and what that tells whoever
finds its lease expired.

A lane is one greenlet with one connection. Its record holds, for its present claim, the results so far and
the window under way. The lanes of a process keep their records in one book, which is written for several of
them at once. A book that was fenced takes no further window: its owner finds out before it sends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.notifications.domain import replies
from services.notifications.domain.dispatches import Dispatch
from services.notifications.domain.recipients import Recipient, Result, abandoned, after

WINDOW = 5  # messages: the most that one crash can leave uncertain

Place = tuple[str, int]  # dispatch id, position

_LETTERS = {
    replies.TAKEN: "t",
    replies.LATER: "l",
    replies.NEVER: "n",
    replies.BROKEN_OFF: "b",
    replies.UNCONFIRMED: "u",
}
_VERDICTS = {letter: verdict for verdict, letter in _LETTERS.items()}
_BRIEF = re.compile(r"(\d+)([tlnbu])([\d.]*)", re.ASCII)


@dataclass(frozen=True)
class LaneRecord:
    """The last thing that a lane wrote down: of which claim, which results, which window."""

    lane: str
    claim: str = ""
    results: Mapping[Place, Result] = field(default_factory=dict)
    window: tuple[Place, ...] = ()


def recovered(
    dispatch: Dispatch, record: LaneRecord | None, now: datetime, chance: Callable[[], float]
) -> tuple[tuple[Recipient, ...], Mapping[int, Result]]:
    """The recipients of a dispatch whose lease ended, by the fenced record of the lane that held it; and
    the results that count.

    Results so far are kept, the window under way is uncertain, all others are as before the claim. A record
    of another claim says: none of this dispatch had entered DATA.
    """
    if record is None or dispatch.lease is None or record.claim != dispatch.lease.token:
        return dispatch.recipients, {}
    results = {place[1]: result for place, result in record.results.items() if place[0] == dispatch.id}
    under_way = {position for where, position in record.window if where == dispatch.id} - results.keys()
    recipients = list(dispatch.recipients)
    for position, result in results.items():
        recipients[position] = after(recipients[position], result, now, chance())
    for position in under_way:
        recipients[position] = abandoned(recipients[position], now)
    return tuple(recipients), results


def windows(places: Sequence[Place]) -> Iterable[Sequence[Place]]:
    """The places in windows of five."""
    return (places[start : start + WINDOW] for start in range(0, len(places), WINDOW))


def brief(results: Mapping[Place, Result]) -> list[str]:
    """The results in as few strings as there are dispatches: `{dispatch id}|0t 1t 2n5.1.1`."""
    lines: dict[str, list[str]] = {}
    for (dispatch, position), result in results.items():
        if result.verdict == replies.TAKEN:
            lines.setdefault(dispatch, []).append(f"{position}t")
        elif result.verdict in _LETTERS:
            code = result.enhanced or (str(result.code) if result.code else "")
            lines.setdefault(dispatch, []).append(f"{position}{_LETTERS[result.verdict]}{code}")
    return [f"{dispatch}|{' '.join(parts)}" for dispatch, parts in lines.items()]


def from_brief(lines: Iterable[str]) -> dict[Place, Result]:
    """What `brief` wrote, without the servers' own words."""
    results: dict[Place, Result] = {}
    for line in lines:
        dispatch, _, parts = line.rpartition("|")
        for match in _BRIEF.finditer(parts):
            results[dispatch, int(match[1])] = _result(_VERDICTS[match[2]], match[3])
    return results


def _result(verdict: str, code: str) -> Result:
    if verdict == replies.TAKEN:
        return Result(verdict, 250)
    if "." in code:
        return Result(verdict, int(code[0]) * 100 + 50, code)  # 550 for 5.1.1: the class is what counts
    return Result(verdict, int(code) if code else None)
