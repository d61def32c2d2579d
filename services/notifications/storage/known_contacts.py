"""Contacts by id, remembered between claims for as long as nothing says that they changed.

Every change of a contact is noted, after it is stored, in one small document that all replicas share: how
many changes there were, and whom the last ones were about. One read of it before each claim tells what of
the memory still holds, so that a claim sees every change that was noted before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from services.notifications.domain.contacts import Contact
from services.notifications.storage.documents import Document, contact_of
from shared.mongo import database_errors

_CHANGES = "contacts"  # the id of that document
_RECENT = 200  # changes that it names
MOST_REMEMBERED = 20_000  # contacts, some twenty megabytes
READ_ALL_FROM = 50  # unknown contacts: from here on reading all of a small collection costs less


@dataclass(frozen=True)
class Changes:
    """How many there were, and the contacts of the last ones, oldest first."""

    count: int
    recent: tuple[str, ...]


class ChangeNotes:
    """The document that says which contacts changed."""

    def __init__(self, database: Database[Document]) -> None:
        self._controls = database["controls"]

    def note(self, contact_id: str) -> None:
        """The contact has changed; to be called after it was stored, and again at every repetition."""
        change = {"$inc": {"count": 1}, "$push": {"recent": {"$each": [contact_id], "$slice": -_RECENT}}}
        with database_errors():
            self._controls.update_one({"_id": _CHANGES}, change, upsert=True)

    def read(self) -> Changes:
        with database_errors():
            found = self._controls.find_one({"_id": _CHANGES}) or {"count": 0, "recent": ()}
        return Changes(found["count"], tuple(found["recent"]))


class KnownContacts:
    """Contacts by id, as every change noted so far left them."""

    def __init__(self, database: Database[Document]) -> None:
        self._contacts: Collection[Document] = database["contacts"]
        self._notes = ChangeNotes(database)
        self._known: dict[str, Contact] = {}
        self._seen = -1  # how many changes the memory has taken into account

    def of(self, ids: Iterable[str]) -> Mapping[str, Contact]:
        """Those that are there."""
        wanted = set(ids)
        changes = self._notes.read()  # before the contacts: what changes from here on is noted later
        self._forget_changed(changes)
        missing = wanted - self._known.keys()
        found = {key: self._known[key] for key in wanted - missing}
        if missing:
            fetched = self._fetch(missing)
            found |= {key: contact for key, contact in fetched.items() if key in missing}
            if self._seen == changes.count:  # else one of these may have changed while it was being read
                self._remember(fetched)
        return found

    def _forget_changed(self, changes: Changes) -> None:
        behind = changes.count - self._seen
        if behind <= 0:
            return  # another lane has looked since
        if self._seen < 0 or behind > len(changes.recent):
            self._known.clear()
        else:
            for contact_id in changes.recent[-behind:]:
                self._known.pop(contact_id, None)
        self._seen = changes.count

    def _fetch(self, missing: set[str]) -> dict[str, Contact]:
        condition: dict[str, Any] = {"_id": {"$in": list(missing)}}
        with database_errors():
            if len(missing) >= READ_ALL_FROM and self._contacts.estimated_document_count() <= MOST_REMEMBERED:
                condition = {}
            found = self._contacts.find(condition).batch_size(2000)
            return {document["_id"]: contact_of(document) for document in found}

    def _remember(self, contacts: dict[str, Contact]) -> None:
        if len(self._known) + len(contacts) > MOST_REMEMBERED:
            self._known.clear()
        self._known |= contacts
