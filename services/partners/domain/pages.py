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
from services.partners.domain.reasons import Reason

LARGEST_PAGE = 500  # relevant contacts
MOST_LEFT_OUT = 5_000  # of a page, so that it stays far below MongoDB's 16 MB
CONTACT_BYTES, PLACE_BYTES = 140, 8  # of a contact with the longest id, and of each of its places
LARGEST_BYTES = 2 * 1024 * 1024  # of its contacts, so that the event stays below LARGEST_EVENT

Item = TypeVar("Item", Relevant, LeftOut)


@dataclass(frozen=True)
class Page:
    """`last` is the greatest contact id of its range; the final page's range has no end."""

    number: int
    relevant: Sequence[Relevant]
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


def to_dict(relevant: Sequence[Relevant]) -> dict[str, Any]:
    """`reasons` and `contacts` as the contract of an audience page has them: each reason once."""
    reasons = _Reasons()
    contacts = [
        {
            "contact_id": each.contact_id,
            "contact_version": each.contact_version,
            "reasons": [reasons.place(reason) for reason in each.reasons],
        }
        for each in relevant
    ]
    return {"reasons": reasons.plain, "contacts": contacts}


class _Reasons:
    """What is said as a reason, each once, in the order in which it was first asked for."""

    def __init__(self) -> None:
        self.plain: list[dict[str, Any]] = []
        self.size = 0  # bytes
        self._places: dict[str, int] = {}
        self._known: dict[int, int] = {}  # by object: the people of an organisation share theirs

    def place(self, reason: Reason) -> int:
        if id(reason) not in self._known:
            self._known[id(reason)] = self._place(reason.to_dict())
        return self._known[id(reason)]

    def _place(self, plain: dict[str, Any]) -> int:
        text = json.dumps(plain, ensure_ascii=False)
        if text not in self._places:
            self._places[text] = len(self.plain)
            self.plain.append(plain)
            self.size += len(text.encode())
        return self._places[text]


def _fitting(relevant: Sequence[Relevant], largest_bytes: int) -> Sequence[Relevant]:
    """As many contacts as stay below the size together, and at least one."""
    reasons = _Reasons()
    places = 0
    for number, each in enumerate(relevant):
        places += len([reasons.place(reason) for reason in each.reasons])
        size = reasons.size + CONTACT_BYTES * (number + 1) + PLACE_BYTES * places
        if number and size > largest_bytes:
            return relevant[:number]
    return relevant


def _last(items: Sequence[Relevant] | Sequence[LeftOut]) -> list[str]:
    return [items[-1].contact_id] if items else []


def _following(items: Sequence[Item], after: str) -> Sequence[Item]:
    return items[_position(items, after) :]


def _position(items: Sequence[Relevant] | Sequence[LeftOut], contact_id: str) -> int:
    """How many items come up to and with this contact."""
    return bisect_right(items, contact_id, key=lambda item: item.contact_id)
