"""Who was told who holds their data: noted once a mail that said so was taken."""

from __future__ import annotations

from collections.abc import Iterable

from pymongo.database import Database

from services.notifications.application.ports import Settlement
from services.notifications.domain.replies import TAKEN
from services.notifications.storage.documents import Document
from services.notifications.storage.known_contacts import ChangeNotes
from shared.mongo import database_errors


class Notices:
    """A mail that was taken and of which the database never learned says it once more: no harm."""

    def __init__(self, database: Database[Document]) -> None:
        self._contacts = database["contacts"]
        self._notes = ChangeNotes(database)

    def note(self, settlements: Iterable[Settlement]) -> None:
        """To be called with what a lane has sent; it costs nothing where no mail had a notice."""
        for settlement in settlements:
            for attempt in settlement.attempts:
                if "notice" in attempt.slots and attempt.result.verdict == TAKEN:
                    contact_id = settlement.dispatch.recipients[attempt.position].contact
                    with database_errors():
                        told = {"$set": {"noticed_at": attempt.at}}
                        self._contacts.update_one({"_id": contact_id}, told)
                    self._notes.note(contact_id)
