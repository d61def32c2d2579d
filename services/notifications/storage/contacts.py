"""The contact projection, its suppressions, and what the ledger holds about a contact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo.database import Database

from services.notifications.domain.contacts import Contact
from services.notifications.domain.dispatches import dispatch_id, place_in_page
from services.notifications.storage.documents import Document, contact_fields, contact_mark
from services.notifications.storage.known_contacts import ChangeNotes
from services.notifications.storage.suppressions import SuppressionList
from shared.clock import Clock
from shared.errors import DependencyDown
from shared.messaging.effects import keep_newest
from shared.mongo import database_errors


class ContactStore:
    """`services.notifications.application.contacts.Projection`."""

    def __init__(self, database: Database[Document], clock: Clock, suppressions: SuppressionList) -> None:
        self._contacts = database["contacts"]
        self._notes = ChangeNotes(database)
        self._dispatches = database["dispatches"]
        self._attempts = database["attempts"]
        self._pages = database["pages"]
        self._suppressions = suppressions
        self._clock = clock

    def ensure_indexes(self) -> None:
        self._contacts.create_index("address_fingerprint", sparse=True)

    def keep(self, contact: Contact, fingerprint: str) -> bool:
        with database_errors():
            fields = contact_fields(contact)
            kept = keep_newest(self._contacts, contact.id, contact.version, fields, fingerprint)
        self._notes.note(contact.id)
        return kept

    def wake(self, contact_id: str) -> bool:
        waiting = {"marks": contact_mark(contact_id), "lease": {"$exists": False}}
        with database_errors():
            woken = self._dispatches.update_many(waiting, {"$set": {"due_at": self._clock.now()}})
        return woken.matched_count > 0

    def suppress(self, fingerprint: str, contact_id: str, why: str) -> None:
        self._suppressions.add(fingerprint, why, self._clock.now(), by="erasure")

    def scrub(self, contact_id: str) -> None:
        """Slot values and servers' words, in every dispatch that ever was for this contact."""
        with database_errors():
            pages = self._pages.find(
                {"contacts.contact_id": contact_id}, {"event_id": 1, "page": 1, "contacts.contact_id": 1}
            )
            for page in pages:
                self._scrub_page(page, contact_id)

    def _scrub_page(self, page: Mapping[str, Any], contact_id: str) -> None:
        for place, member in enumerate(page["contacts"]):
            if member["contact_id"] == contact_id:
                number, position = place_in_page(place)
                self._scrub_dispatch(dispatch_id(page["event_id"], page["page"], number), position)

    def _scrub_dispatch(self, dispatch: str, position: int) -> None:
        busy = {"_id": dispatch, "lease": {"$exists": True}}
        if self._dispatches.find_one(busy, {"_id": 1}):
            # Its lane may be about to store what must go. The tombstone stops the next one.
            raise DependencyDown("sender", "a lane sends to the dispatch")
        for document in self._attempts.find({"dispatch_id": dispatch, "attempts.position": position}):
            for attempt in document["attempts"]:
                if attempt["position"] == position:
                    attempt |= {"text": "", "slots": {}}
            self._attempts.update_one({"_id": document["_id"]}, {"$set": {"attempts": document["attempts"]}})
