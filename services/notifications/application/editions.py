"""The digests that went out lately: how many at each hour, and what became of them. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from services.notifications.domain.slots import period_of, slot_of
from shared.errors import FieldError, Invalid
from shared.preferences import PERIODS


class ClosedEditions(Protocol):
    """Closed digests, by slot and label."""

    def slot_before(self, slot: datetime | None) -> datetime | None:
        """The slot before that one (of all: the latest) for which a digest was closed."""

    def closed_for(self, slot: datetime) -> Mapping[str, Mapping[str, int]]:
        """Label → id → how many pieces of news, of the digests that were closed for that slot."""

    def became(self, ids: list[str]) -> Mapping[tuple[str, str | None], int]:
        """(state, why) → how many of these digests; one whose mail is not made yet is pending."""


@dataclass(frozen=True)
class Editions:
    """`GET /v1/digests`."""

    closed: ClosedEditions

    def latest(self, after: str | None, limit: int) -> list[dict[str, Any]]:
        """Up to `limit` editions after that one, the latest first. Raises Invalid for an unknown cursor."""
        return list(islice(self._after(after), limit))

    def _after(self, after: str | None) -> Iterator[dict[str, Any]]:
        slot = None
        if after is not None:
            slot = _slot(after)
            yield from (each for each in self._of_slot(slot) if each["id"] > after)
        while (slot := self.closed.slot_before(slot)) is not None:
            yield from self._of_slot(slot)

    def _of_slot(self, slot: datetime) -> Iterator[dict[str, Any]]:
        for label, digests in sorted(self.closed.closed_for(slot).items()):
            if period_of(label) in PERIODS:  # a notice about somebody's data is no digest
                became = self.closed.became(sorted(digests))
                yield {
                    "id": _name(label),
                    "period": period_of(label),
                    "due_at": slot,
                    "digests": len(digests),
                    "news": sum(digests.values()),
                    "counts": [
                        {"state": state, "why": why, "count": count}
                        for (state, why), count in sorted(became.items(), key=lambda item: str(item[0]))
                    ],
                }


def _name(label: str) -> str:
    """As an id may be written."""
    return label.replace("/", ":", 1)


def _slot(name: str) -> datetime:
    try:
        return slot_of(name.replace(":", "/", 1))
    except ValueError:
        raise Invalid(errors=[FieldError("?after", "not-an-identifier")]) from None
