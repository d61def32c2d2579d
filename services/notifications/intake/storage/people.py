"""Contacts by id, as they are now."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from services.notifications.domain.contacts import Contact
from services.notifications.storage.documents import contact_of
from shared.mongo import database_errors


class People:
    """`services.notifications.intake.application.ports.Contacts`."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._contacts = database["contacts"]

    def get(self, contact_id: str) -> Contact | None:
        with database_errors():
            found = self._contacts.find_one({"_id": contact_id})
        return contact_of(found) if found else None
