"""What the ledger and the dead letters hold about a person, for its erasure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo.database import Database

from services.notifications.domain.dispatches import dispatch_id, place_in_page
from services.notifications.storage.documents import Document
from shared.errors import DependencyDown
from shared.messaging.erasing import erase_dead_letters
from shared.mongo import database_errors

_CONTACTS_QUEUE = "notifications.contacts"  # only here do letters hold a sealed person


class Traces:
    """Audience pages and dispatches name a contact by its id only, so that they may stay."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._dispatches = database["dispatches"]
        self._attempts = database["attempts"]
        self._pages = database["pages"]
        self._incoming = database["incoming"]
        self._digests = database["digests"]  # each is a dispatch of its own, composed for one reader
        self._messages = database["messages"]

    def scrub(self, contact_id: str, fingerprint: str | None = None) -> None:
        """Slot values, servers' words and notes on a telling by hand leave every dispatch that ever was for
        this contact, and sealed persons the dead letters. Raises DependencyDown while a lane sends to one of
        these dispatches."""
        shown = {"event_id": 1, "page": 1, "contacts.contact_id": 1}
        with database_errors():
            erase_dead_letters(self._database, _CONTACTS_QUEUE, contact_id)
            self._scrub_mails(contact_id, fingerprint)
            for page in self._pages.find({"contacts.contact_id": contact_id}, shown):
                self._scrub_page(page, contact_id)
            for digest in self._digests.find({"contact": contact_id}, {"_id": 1}):
                self._scrub_dispatch(digest["_id"], 0)
                self._messages.delete_many({"event_id": digest["_id"]})

    def _scrub_mails(self, contact_id: str, fingerprint: str | None) -> None:
        """Mails of the person: what became of each stays, what it said goes, and what was made of it too."""
        theirs: list[Document] = [{"contact_id": contact_id}]
        if fingerprint:
            theirs.append({"sender": fingerprint})
        said = {"raw": "", "sender": "", "outbox": ""}
        for condition in theirs:
            self._incoming.update_many(condition, {"$set": {"envelope_to": []}, "$unset": said})

    def _scrub_page(self, page: Mapping[str, Any], contact_id: str) -> None:
        for place, member in enumerate(page["contacts"]):
            if member["contact_id"] == contact_id:
                number, position = place_in_page(place)
                self._scrub_dispatch(dispatch_id(page["event_id"], page["page"], number), position)

    def _scrub_dispatch(self, dispatch: str, position: int) -> None:
        if self._dispatches.find_one({"_id": dispatch, "lease": {"$exists": True}}, {"_id": 1}):
            # Its lane may be about to store what must go. The tombstone stops the next one.
            raise DependencyDown("sender", "a lane sends to the dispatch")
        told = {"_id": dispatch, f"told.{position}.telling.note": {"$exists": True}}
        self._dispatches.update_one(told, {"$set": {f"told.{position}.telling.note": None}})
        for document in self._attempts.find({"dispatch_id": dispatch, "attempts.position": position}):
            for attempt in document["attempts"]:
                if attempt["position"] == position:
                    attempt |= {"text": "", "slots": {}}
            self._attempts.update_one({"_id": document["_id"]}, {"$set": {"attempts": document["attempts"]}})
