"""Audience pages, the alerts they are about, composed mails: what arrives once and never changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from services.notifications.composing import Composed
from services.notifications.domain.dispatches import Dispatch
from services.notifications.storage.documents import Document, dispatch_document
from shared.messaging.effects import insert_all_once, insert_once
from shared.mongo import database_errors

_NOT_JOURNALED = WriteConcern(w="majority", j=False)
_KEPT = 12  # of each kind in memory: a page of 500 contacts is about a megabyte


class PageStore:
    """`ports.Pages`, and the insert-once half of `ports.Recorder`."""

    def __init__(self, database: Database[Document]) -> None:
        self._pages = database["pages"]
        self._alerts = database["alerts"]
        self._dispatches = database["dispatches"]
        self._recent: OrderedDict[tuple[str, str], Document] = OrderedDict()

    def ensure_indexes(self) -> None:
        for name in ("event_id", "milestone_id", "contacts.contact_id"):
            self._pages.create_index(name)

    def add_alert(self, alert: Document, fingerprint: str) -> bool:
        with database_errors():
            return insert_once(self._alerts, alert, fingerprint)

    def add_page(self, page: Document, fingerprint: str) -> bool:
        with database_errors():
            return insert_once(self._pages, page, fingerprint)

    def add_dispatches(self, dispatches: Sequence[Dispatch], fingerprint: str) -> int:
        documents = [dispatch_document(dispatch) for dispatch in dispatches]
        with database_errors():
            return insert_all_once(self._dispatches, documents, fingerprint)

    def page(self, page_id: str) -> Document:
        return self._read(self._pages, page_id)

    def about(self, event_id: str) -> Document:
        about: Document = self._read(self._alerts, event_id)["about"]
        return about

    def _read(self, collection: Any, document_id: str) -> Document:
        key = (collection.name, document_id)
        if key not in self._recent:
            with database_errors():
                found = collection.find_one({"_id": document_id})
            if found is None:
                raise LookupError(f"{collection.name} {document_id}")
            self._recent[key] = found
            if len(self._recent) > 2 * _KEPT:
                self._recent.popitem(last=False)
        self._recent.move_to_end(key)
        return self._recent[key]


class MessageStore:
    """`application.writing.Messages`."""

    def __init__(self, database: Database[Document]) -> None:
        # Not journaled: a mail lost in a power cut is composed again.
        self._messages = database.get_collection("messages", write_concern=_NOT_JOURNALED)

    def keep(self, event_id: str, language: str, composed: Composed) -> Composed:
        key = f"{event_id}:{language}"
        change = {
            "$setOnInsert": {
                "event_id": event_id,
                "language": language,
                "subject": composed.subject,
                "text": composed.text,
                "html": composed.html,
            }
        }
        with database_errors():
            self._messages.update_one({"_id": key}, change, upsert=True)
        kept = self.find(event_id, language)
        assert kept is not None
        return kept

    def find(self, event_id: str, language: str) -> Composed | None:
        with database_errors():
            found = self._messages.find_one({"_id": f"{event_id}:{language}"})
        return Composed(found["subject"], found["text"], found["html"]) if found else None
