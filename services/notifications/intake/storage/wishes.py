"""What each contact wanted, counted: one document a contact, with its events in its own outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo.database import Database

from services.notifications.intake.application.ports import Wish
from shared.contracts.envelope import Event
from shared.errors import AlreadyExists, VersionConflict
from shared.messaging.outbox import OutboxStore, Wake, wake_nobody
from shared.mongo import database_errors

Document = dict[str, Any]

_SOURCES_KEPT = 100  # of the last wishes: by these a repetition is known


class WishStore:
    """`services.notifications.intake.application.ports.Wishes`."""

    def __init__(self, database: Database[Document], wake: Wake = wake_nobody) -> None:
        self._wishes = database["wishes"]
        self._outbox = OutboxStore(self._wishes, wake)

    def ensure_indexes(self) -> None:
        with database_errors():
            self._outbox.ensure_indexes()

    def record(self, wish: Wish, now: datetime) -> None:
        with database_errors():
            while True:
                stored = self._wishes.find_one({"_id": wish.contact.id}) or {"version": 0, "sources": []}
                if wish.source in stored["sources"]:
                    return None
                try:
                    return self._store(wish, stored, now)
                except (AlreadyExists, VersionConflict):
                    continue  # another wish of the same contact came at the same moment

    def _store(self, wish: Wish, stored: Document, now: datetime) -> None:
        number = stored["version"] + 1
        sources = [*stored["sources"], wish.source][-_SOURCES_KEPT:]
        events = [_event(wish, number, now)]
        if number == 1:
            document = {"_id": wish.contact.id, "version": 1, "sources": sources, "at": now}
            self._outbox.insert(document, events)
        else:
            changes = {"sources": sources, "at": now}
            self._outbox.update(wish.contact.id, stored["version"], set=changes, events=events)


def _event(wish: Wish, number: int, now: datetime) -> Event:
    contact = wish.contact
    about = {"contact_id": contact.id, "contact_version": contact.version, "wish": number, "by": wish.by}
    return Event(
        id=f"{contact.id}:wish:{number}",
        type=wish.event_type,
        source="prasan/notifications",
        subject=f"contacts/{contact.id}",
        time=now,
        version=number,
        data={**about, **wish.data},
    )
