"""Audiences of past events, read page by page and, where a reader missed some, published again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from services.partners.application.ports import Audiences, Record, Republisher, StoredPage
from services.partners.application.telling import head_id, page_id, sums
from shared.errors import NotFound


class LookingBack:
    """What became of an event, whoever asks later."""

    def __init__(self, audiences: Audiences, republisher: Republisher) -> None:
        self._audiences = audiences
        self._republisher = republisher

    def audience(self, event_id: str, after: str | None, limit: int) -> Record:
        """The head, and up to `limit` contacts behind `after`. Raises NotFound."""
        pages = self._pages(event_id)
        found = list(islice(self._concerned(event_id, pages, after or ""), limit + 1))
        return {
            **self._head(event_id, pages),
            "items": found[:limit],
            "next": found[limit - 1]["contact_id"] if len(found) > limit else None,
        }

    def republish(self, wanted: str) -> list[str]:
        """Publish all events of an audience again, or the one event that is meant; their ids.

        Raises NotFound, DependencyDown.
        """
        pages = self._audiences.pages(wanted)
        ids = [page_id(wanted, page.number) for page in pages]
        ids += [head_id(wanted)] if self._audiences.head(wanted) else []
        for event_id in ids or [wanted]:
            self._republisher.republish(event_id)
        return ids or [wanted]

    def _pages(self, event_id: str) -> list[StoredPage]:
        pages = self._audiences.pages(event_id)
        if not pages:
            raise NotFound("audience-not-found")
        return pages

    def _head(self, event_id: str, pages: list[StoredPage]) -> dict[str, Any]:
        """The sums over what is stored; `complete` once the head is."""
        complete = self._audiences.head(event_id) is not None
        return {"event_id": event_id, "complete": complete, **sums(pages)}

    def _concerned(self, event_id: str, pages: list[StoredPage], after: str) -> Iterator[Record]:
        for page in pages:
            if page.last > after:
                found = self._audiences.concerned(event_id, page.number)
                yield from (each for each in found if each["contact_id"] > after)
