"""Records the audience of an event: page after page, the head last, whatever interrupts it."""

from __future__ import annotations

import json
from datetime import datetime

from services.partners.application.ports import Audiences, Projection, StoredPage
from services.partners.application.records import millisecond
from services.partners.application.resolving import Resolver
from services.partners.application.telling import head_event, head_of, page_event
from services.partners.domain.audience import Audience
from services.partners.domain.occasion import occasion_of
from services.partners.domain.pages import LARGEST_BYTES, cut
from services.partners.domain.relevance import has_audience
from shared.clock import Clock
from shared.contracts.envelope import LARGEST_EVENT, Event
from shared.errors import ConflictingDuplicate, Unreadable
from shared.failpoints import failpoint

ROOM_FOR_ENVELOPE = 64 * 1024  # bytes of a page beside its contacts and the event it is for


class Recorder:
    """Handles whatever projects says."""

    def __init__(
        self, resolver: Resolver, audiences: Audiences, projection: Projection, clock: Clock
    ) -> None:
        self._resolver = resolver
        self._audiences = audiences
        self._projection = projection
        self._clock = clock

    def handle(self, event: Event) -> None:
        """Give the event the audience that it asks for, and keep the newest state.

        Raises Unreadable, ConflictingDuplicate; DependencyDown passes through.
        """
        of_indicator = "indicator_id" in event.data
        if event.data.get("project") is None or (of_indicator and event.data["value"] is None):
            return  # no figure, or one that is not public
        if has_audience(event.type, bool(event.data.get("historic"))):
            self.record(event)
        if not of_indicator:  # whose version is not the project's
            self._projection.keep(event)

    def record(self, event: Event) -> None:
        """Store the pages that are still missing, then the head."""
        head = self._audiences.head(event.id)
        if head is not None:
            _require_same(head["fingerprint"], event)
            return
        pages = self._complete(event, self._audiences.pages(event.id))
        summary = head_of(event, pages)
        self._audiences.add_head(summary, event, head_event(event, summary, self._now()))
        failpoint("audience.head_stored")

    def _complete(self, event: Event, pages: list[StoredPage]) -> list[StoredPage]:
        """Continue after the last stored contact, until a page says that it is the last."""
        for stored in pages:
            _require_same(stored.fingerprint, event)
        if pages and pages[-1].final:
            return pages
        room = room_for_contacts(event)
        audience = self._resolve(event)
        while not pages or not pages[-1].final:
            page = cut(audience, len(pages), pages[-1].last if pages else "", room)
            pages.append(self._audiences.add_page(page, event, page_event(event, page, self._now())))
            failpoint("audience.page_stored")
        return pages

    def _resolve(self, event: Event) -> Audience:
        return self._resolver.resolve(occasion_of(event.type, event.data), self._clock.now())

    def _now(self) -> datetime:
        return millisecond(self._clock.now())


def room_for_contacts(event: Event) -> int:
    """Bytes that a page about this event has for its contacts. Raises Unreadable if there are none."""
    own = len(json.dumps(dict(event.data), ensure_ascii=False).encode())
    room = LARGEST_EVENT - ROOM_FOR_ENVELOPE - own
    if room < ROOM_FOR_ENVELOPE:
        raise Unreadable("too-large", f"{own} bytes leave no room for an audience")
    return min(room, LARGEST_BYTES)


def _require_same(fingerprint: str, event: Event) -> None:
    if fingerprint != event.fingerprint:
        raise ConflictingDuplicate(event.id)
