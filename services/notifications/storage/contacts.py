"""The contact projection, its suppressions, and what the ledger holds about a contact."""

from __future__ import annotations

from pymongo.database import Database

from services.notifications.domain.contacts import Contact
from services.notifications.storage.documents import Document, contact_fields, contact_mark
from services.notifications.storage.known_contacts import ChangeNotes
from services.notifications.storage.suppressions import SuppressionList
from services.notifications.storage.traces import Traces
from shared.clock import Clock
from shared.messaging.effects import keep_newest
from shared.mongo import database_errors


class ContactStore:
    """`services.notifications.application.contacts.Projection`."""

    def __init__(self, database: Database[Document], clock: Clock, suppressions: SuppressionList) -> None:
        self._contacts = database["contacts"]
        self._notes = ChangeNotes(database)
        self._dispatches = database["dispatches"]
        self._traces = Traces(database)
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

    def scrub(self, contact_id: str, fingerprint: str | None) -> None:
        self._traces.scrub(contact_id, fingerprint)
