"""An audience is stored and published in pages, each for one range of contact ids.

Ranges do not overlap and leave no gap, so that two replicas that see different audiences, since contacts
change meanwhile, still tell nobody twice and leave nobody out: whoever stores a page decides its range.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from services.partners.domain.audience import Audience, LeftOut, Relevant

LARGEST_PAGE = 500  # relevant contacts
MOST_LEFT_OUT = 5_000  # of a page, so that it stays far below MongoDB's 16 MB
LARGEST_BYTES = 2 * 1024 * 1024  # of its contacts, so that the event stays below LARGEST_EVENT

Item = TypeVar("Item", Relevant, LeftOut)


@dataclass(frozen=True)
class Page:
    """`last` is the greatest contact id of its range; the final page's range has no end."""

    number: int
    relevant: Sequence[dict[str, Any]]
    left_out: Sequence[LeftOut]
    last: str
    final: bool


def cut(audience: Audience, number: int, after: str, largest_bytes: int = LARGEST_BYTES) -> Page:
    """The page that follows the contact id `after` (empty: the first page)."""
    relevant = _following(audience.relevant, after)
    left_out = _following(audience.left_out, after)
    fitting = _fitting(relevant[:LARGEST_PAGE], largest_bytes)
    ends = [relevant[len(fitting) - 1].contact_id] if len(fitting) < len(relevant) else []
    ends += [left_out[MOST_LEFT_OUT - 1].contact_id] if len(left_out) > MOST_LEFT_OUT else []
    if not ends:
        last = max([after, *_last(relevant), *_last(left_out)])
        return Page(number, fitting, left_out, last, final=True)
    last = min(ends)
    return Page(
        number,
        fitting[: _position(relevant, last)],
        left_out[: _position(left_out, last)],
        last,
        final=False,
    )


def _fitting(relevant: Sequence[Relevant], largest_bytes: int) -> list[dict[str, Any]]:
    """As many contacts as stay below the size together, and at least one."""
    fitting: list[dict[str, Any]] = []
    size = 0
    for contact in relevant:
        plain = contact.to_dict()
        size += len(json.dumps(plain, ensure_ascii=False).encode())
        if fitting and size > largest_bytes:
            break
        fitting.append(plain)
    return fitting


def _last(items: Sequence[Relevant] | Sequence[LeftOut]) -> list[str]:
    return [items[-1].contact_id] if items else []


def _following(items: Sequence[Item], after: str) -> Sequence[Item]:
    return items[_position(items, after) :]


def _position(items: Sequence[Relevant] | Sequence[LeftOut], contact_id: str) -> int:
    """How many items come up to and with this contact."""
    return bisect_right(items, contact_id, key=lambda item: item.contact_id)
