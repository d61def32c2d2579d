"""Who is there already, as an import asks it."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from services.partners.application.ports import Record
from services.partners.storage import collections as names
from services.partners.storage.records import MongoContacts
from shared.mongo import database_errors


class MongoLookup:
    """`services.partners.application.importing.Lookup`."""

    def __init__(self, database: Database[dict[str, Any]], contacts: MongoContacts) -> None:
        self._partners = database[names.PARTNERS]
        self._contacts = database[names.CONTACTS]
        self._records = contacts

    def partner_named(self, name: str) -> str | None:
        with database_errors():
            found = self._partners.find_one({"name.th": name, "ended_at": None}, {"_id": 1})
        return str(found["_id"]) if found else None

    def contact_at(self, fingerprint: str) -> Record | None:
        with database_errors():
            found = self._contacts.find_one({"fingerprint": fingerprint}, {"_id": 1})
        return self._records.find(found["_id"]) if found else None

    def was_erased(self, fingerprint: str) -> bool:
        with database_errors():
            return self._contacts.find_one({"erased_fingerprint": fingerprint}, {"_id": 1}) is not None

    def without_address(self, partner_id: str, name: str) -> str | None:
        wanted = {"partner_ids": partner_id, "name.th": name, "fingerprint": {"$exists": False}}
        with database_errors():
            found = self._contacts.find_one(wanted, {"_id": 1})
        return str(found["_id"]) if found else None
