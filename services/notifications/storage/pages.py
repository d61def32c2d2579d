"""Audience pages, the alerts they are about, composed mails: what arrives once and never changes."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from services.notifications.composing import Composed
from services.notifications.domain.dispatches import Dispatch
from services.notifications.storage.documents import Document, dispatch_document
from services.notifications.storage.subjects import IDS_AT_ONCE
from shared.contracts.pages import contacts_of
from shared.messaging.effects import insert_all_once, insert_once
from shared.mongo import database_errors

_NOT_JOURNALED = WriteConcern(w="majority", j=False)
_PAGES_KEPT = 4  # in memory: one of 500 contacts is about two megabytes
_ALERTS_KEPT = 16
_MEETINGS = 3  # of lanes that compose the same mail: one of them then finds it made


class PageStore:
    """`ports.Pages`, and the insert-once half of `ports.Recorder`."""

    def __init__(self, database: Database[Document]) -> None:
        self._pages = database["pages"]
        self._alerts = database["alerts"]
        self._dispatches = database["dispatches"]
        self._recent_pages = _Recent(self._pages, _PAGES_KEPT, _with_reasons)
        self._recent_alerts = _Recent(self._alerts, _ALERTS_KEPT)

    def ensure_indexes(self) -> None:
        for name in ("event_id", "milestone_id", "contacts.contact_id"):
            self._pages.create_index(name)

    def add_alert(self, alert: Document, fingerprint: str) -> bool:
        with database_errors():
            new = insert_once(self._alerts, alert, fingerprint)
        self._recent_alerts.note(alert)
        return new

    def add_page(self, page: Document, fingerprint: str) -> bool:
        with database_errors():
            new = insert_once(self._pages, page, fingerprint)
        self._recent_pages.note(page)
        return new

    def add_dispatches(self, dispatches: Sequence[Dispatch], fingerprint: str) -> int:
        documents = [dispatch_document(dispatch) for dispatch in dispatches]
        with database_errors():
            return insert_all_once(self._dispatches, documents, fingerprint)

    def page(self, page_id: str) -> Document:
        return self._recent_pages.get(page_id)

    def abouts(self, event_ids: Iterable[str]) -> dict[str, Document]:
        """Many at once, for a digest; those that are there."""
        ids = sorted(set(event_ids))
        abouts: dict[str, Document] = {}
        for start in range(0, len(ids), IDS_AT_ONCE):
            with database_errors():
                part = self._alerts.find({"_id": {"$in": ids[start : start + IDS_AT_ONCE]}}, {"about": 1})
                abouts.update((document["_id"], document["about"]) for document in part)
        return abouts

    def about(self, event_id: str) -> Document:
        about: Document = self._recent_alerts.get(event_id)["about"]
        return about


def _with_reasons(page: Document) -> Document:
    return page | {"contacts": contacts_of(page)}


class _Recent:
    """The last few documents that were asked for, of a collection in which none ever changes."""

    def __init__(
        self, collection: Collection[Document], most: int, read: Callable[[Document], Document] = dict
    ) -> None:
        self._collection = collection
        self._most = most
        self._read = read
        self._known: OrderedDict[str, Document] = OrderedDict()

    def get(self, document_id: str) -> Document:
        """Raises LookupError, DependencyDown."""
        if document_id not in self._known:
            with database_errors():
                found = self._collection.find_one({"_id": document_id})
            if found is None:
                raise LookupError(f"{self._collection.name} {document_id}")
            self.note(found)
        self._known.move_to_end(document_id)
        return self._known[document_id]

    def note(self, document: Document) -> None:
        """As it is stored."""
        self._known[document["_id"]] = self._read(document)
        self._known.move_to_end(document["_id"])
        if len(self._known) > self._most:
            self._known.popitem(last=False)


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
            for _ in range(_MEETINGS):
                with contextlib.suppress(DuplicateKeyError):
                    kept = self._messages.find_one_and_update(
                        {"_id": key}, change, upsert=True, return_document=ReturnDocument.AFTER
                    )
                    if kept is not None:
                        return _composed(kept)
        raise RuntimeError(f"the message {key} can be neither made nor found")

    def renew(self, event_id: str, language: str, composed: Composed) -> None:
        """Of a digest, which is composed anew each time it is about to go: the last one counts."""
        content = {"subject": composed.subject, "text": composed.text, "html": composed.html}
        change = {"$set": {"event_id": event_id, "language": language, **content}}
        with database_errors():
            self._messages.update_one({"_id": f"{event_id}:{language}"}, change, upsert=True)

    def find(self, event_id: str, language: str) -> Composed | None:
        with database_errors():
            found = self._messages.find_one({"_id": f"{event_id}:{language}"})
        return _composed(found) if found else None


def _composed(document: Document) -> Composed:
    return Composed(document["subject"], document["text"], document["html"])
