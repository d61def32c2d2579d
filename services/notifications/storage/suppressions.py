"""Addresses that nothing is sent to, by the keyed hash of the address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo.database import Database

from services.notifications.domain.contacts import Contact
from services.notifications.storage.documents import Document, contact_of
from shared.clock import Clock
from shared.contracts.envelope import Event
from shared.errors import AlreadyExists, NotFound, PreconditionFailed, VersionConflict
from shared.messaging.outbox import OutboxStore, Wake, wake_nobody
from shared.mongo import database_errors

SUPPRESSED = "notifications.address.suppressed.v1"


class SuppressionList:
    """One document an address ever suppressed; lifting one leaves it there, inactive, with its version."""

    def __init__(self, database: Database[Document], clock: Clock, wake: Wake = wake_nobody) -> None:
        self._suppressions = database["suppressions"]
        self._contacts = database["contacts"]
        self._outbox = OutboxStore(self._suppressions, wake)
        self._clock = clock

    def ensure_indexes(self) -> None:
        self._outbox.ensure_indexes()

    def active(self, fingerprints: Iterable[str]) -> frozenset[str]:
        """Those of these that are suppressed."""
        wanted = list(set(fingerprints))
        if not wanted:
            return frozenset()
        with database_errors():
            found = self._suppressions.find({"_id": {"$in": wanted}, "active": True}, {"_id": 1})
            return frozenset(document["_id"] for document in found)

    def suppress(self, contact: Contact, why: str, now: datetime) -> None:
        """A mail server said that this contact's address takes no mail; partners hear of it."""
        if contact.fingerprint:
            self.add(contact.fingerprint, why, now, by="mail server", contact=contact)

    def add(
        self, fingerprint: str, why: str, now: datetime, *, by: str, contact: Contact | None = None
    ) -> Document:
        """The suppression; unchanged if it stands already."""
        with database_errors():
            while True:
                stored = self._suppressions.find_one({"_id": fingerprint})
                if stored and stored["active"]:
                    return stored
                version = stored["version"] if stored else 0
                fields = {"active": True, "why": why, "at": now, "by": by}
                events = [suppressed_event(fingerprint, version + 1, why, contact, now)] if contact else []
                try:
                    if stored:
                        self._outbox.update(fingerprint, version, set=fields, events=events)
                    else:
                        self._outbox.insert({"_id": fingerprint, "version": 1, **fields}, events)
                except (AlreadyExists, VersionConflict):
                    continue  # somebody else suppressed or lifted it at the same moment

    def get(self, fingerprint: str) -> Document:
        """Raises NotFound."""
        with database_errors():
            found = self._suppressions.find_one({"_id": fingerprint, "active": True})
        if found is None:
            raise NotFound("suppression-not-found")
        return found

    def lift(self, fingerprint: str, version: int, by: str) -> None:
        """Mail may go there again. Raises NotFound, PreconditionFailed."""
        stored = self.get(fingerprint)
        if stored["version"] != version:
            raise PreconditionFailed()
        fields = {"active": False, "lifted_at": self._clock.now(), "lifted_by": by}
        with database_errors():
            try:
                self._outbox.update(fingerprint, version, set=fields)
            except VersionConflict as error:
                raise PreconditionFailed() from error

    def page(self, after: str | None, limit: int) -> list[Document]:
        beyond = {"_id": {"$gt": after}} if after else {}
        with database_errors():
            found = self._suppressions.find({"active": True, **beyond}).sort("_id", 1).limit(limit)
            return list(found)

    def contact_of(self, fingerprint: str) -> Contact | None:
        """The contact whose address this is: one address is one contact."""
        with database_errors():
            found = self._contacts.find_one({"address_fingerprint": fingerprint})
        return contact_of(found) if found else None


def suppressed_event(fingerprint: str, version: int, why: str, contact: Contact, now: datetime) -> Event:
    """What partners hears of it."""
    data: dict[str, Any] = {
        "contact_id": contact.id,
        "contact_version": contact.version,
        "fingerprint": fingerprint,
        "why": why,
    }
    return Event(
        id=f"{fingerprint}:{version}",
        type=SUPPRESSED,
        source="prasan/notifications",
        subject=f"contacts/{contact.id}",
        time=now,
        version=version,
        data=data,
    )
