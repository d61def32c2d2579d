"""Pages and heads of audiences. A page's contacts stand in its event alone: in the outbox until it is
published, in the history from then on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pymongo.database import Database

from services.partners.application.ports import Record, StoredPage
from services.partners.application.telling import page_id
from services.partners.domain.pages import Page
from services.partners.domain.reasons import Partner, Reason
from services.partners.storage import collections as names
from shared.contracts.envelope import Event
from shared.contracts.pages import contacts_of
from shared.errors import AlreadyExists, ConflictingDuplicate
from shared.messaging.history import COLLECTION as HISTORY
from shared.messaging.outbox import OutboxStore, Wake, wake_nobody
from shared.mongo import database_errors

RECALLED = "projects.milestone.recalled.v1"
_SUMMARY = {"page": 1, "last": 1, "final": 1, "relevant": 1, "left_out_counts": 1, "fingerprint": 1}


class MongoAudiences:
    """The port `Audiences`."""

    def __init__(self, database: Database[dict[str, Any]], wake: Wake = wake_nobody) -> None:
        self._pages = database[names.PAGES]
        self._heads = database[names.HEADS]
        self._history = database[HISTORY]
        self._page_store = OutboxStore(self._pages, wake)
        self._head_store = OutboxStore(self._heads, wake)

    def head(self, event_id: str) -> Record | None:
        with database_errors():
            return self._heads.find_one({"_id": event_id}, {"outbox": 0})

    def pages(self, event_id: str) -> list[StoredPage]:
        with database_errors():
            found = [_stored(d) for d in self._pages.find({"event_id": event_id}, _SUMMARY)]
        return sorted(found, key=lambda page: page.number)

    def add_page(self, page: Page, about: Event, event: Event) -> StoredPage:
        document = {
            "_id": event.id,
            "event_id": about.id,
            "page": page.number,
            "last": page.last,
            "final": page.final,
            "relevant": len(page.relevant),
            "left_out_counts": dict(Counter(each.why for each in page.left_out)),
            "left_out": [{"contact_id": each.contact_id, "why": each.why} for each in page.left_out],
            "fingerprint": about.fingerprint,
            "stored_at": event.time,
            "version": 1,
        }
        with database_errors():
            try:
                self._page_store.insert(document, [event])
                return _stored(document)
            except AlreadyExists:
                return self._stored_by_another(event.id, about)

    def add_head(self, head: Record, about: Event, event: Event) -> None:
        kept = {name: value for name, value in head.items() if name != "event_id"}
        document = {
            "_id": about.id,
            **kept,
            "concerns": list(about.data.get("concerns") or ()),
            "fingerprint": about.fingerprint,
            "stored_at": event.time,
            "version": 1,
        }
        with database_errors():
            try:
                self._head_store.insert(document, [event])
            except AlreadyExists:
                stored = self._heads.find_one({"_id": about.id}, {"fingerprint": 1})
                _require_same(stored, about)

    def told(self, event_ids: Sequence[str]) -> Iterator[tuple[str, Reason]]:
        for event_id in event_ids:
            for page in self.pages(event_id):
                for contact in self._contacts(page_id(event_id, page.number)):
                    for reason in contact["reasons"]:
                        yield contact["contact_id"], _reason(reason)

    def concerned(self, event_id: str, number: int) -> list[Record]:
        stored_as = page_id(event_id, number)
        with database_errors():
            page = self._pages.find_one({"_id": stored_as}, {"left_out": 1}) or {"left_out": []}
        told = [{**contact, "why_not": None} for contact in self._contacts(stored_as)]
        left_out = [
            {"contact_id": each["contact_id"], "contact_version": None, "reasons": [], "why_not": each["why"]}
            for each in page["left_out"]
        ]
        return sorted((*told, *left_out), key=lambda each: str(each["contact_id"]))

    def concerning(self, milestone_id: str, event_types: Sequence[str]) -> list[str]:
        with database_errors():
            found = list(self._heads.find({"milestone_id": milestone_id}, {"event_type": 1, "concerns": 1}))
        recalled = {each for head in found if head["event_type"] == RECALLED for each in head["concerns"]}
        told = (head["_id"] for head in found if head["event_type"] in event_types)
        return sorted(event_id for event_id in told if event_id not in recalled)

    def _stored_by_another(self, stored_as: str, about: Event) -> StoredPage:
        stored = self._pages.find_one({"_id": stored_as}, _SUMMARY)
        _require_same(stored, about)
        assert stored is not None
        return _stored(stored)

    def _contacts(self, stored_as: str) -> list[dict[str, Any]]:
        """The outbox first: an event that is moved meanwhile has then arrived in the history."""
        with database_errors():
            page = self._pages.find_one({"_id": stored_as}, {"outbox": 1}) or {}
            waiting = [envelope for envelope in page.get("outbox", ()) if envelope["id"] == stored_as]
            published = None if waiting else self._history.find_one({"_id": stored_as}, {"envelope.data": 1})
        envelope = waiting[0] if waiting else (published or {}).get("envelope")
        return contacts_of(envelope["data"]) if envelope else []


def _stored(document: Mapping[str, Any]) -> StoredPage:
    return StoredPage(
        number=document["page"],
        last=document["last"],
        final=document["final"],
        relevant=document["relevant"],
        left_out=document["left_out_counts"],
        fingerprint=document["fingerprint"],
    )


def _reason(stored: Mapping[str, Any]) -> Reason:
    partner = Partner(stored["partner_id"], stored["partner"], tuple(stored["kinds"]))
    return Reason(stored["code"], partner)


def _require_same(stored: Mapping[str, Any] | None, about: Event) -> None:
    if stored is None or stored["fingerprint"] != about.fingerprint:
        raise ConflictingDuplicate(about.id)
