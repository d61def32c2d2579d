"""Everything that this database holds about one contact, for the copy that the person may ask for."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from bson import Binary
from pymongo.database import Database

from services.notifications.storage.documents import Document
from shared.mongo import database_errors

# collection → the member that names the contact. Deliveries are found by way of the audience pages.
ABOUT_A_CONTACT: Mapping[str, str] = {
    "contacts": "_id",
    "digests": "contact",
    "incoming": "contact_id",
    "wishes": "_id",
    "acknowledgements": "contact_id",
}
_INTERNAL = frozenset({"outbox", "fingerprint", "lease", "due_at", "expires_at", "marks"})


class Holdings:
    """`services.notifications.application.exporting.Holdings`."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    def of(self, contact_id: str) -> dict[str, list[Document]]:
        """By collection, as it stands there but for what only machines need."""
        with database_errors():
            return {
                name: [_readable(each) for each in self._database[name].find({member: contact_id})]
                for name, member in ABOUT_A_CONTACT.items()
            }


def _readable(document: Mapping[str, Any]) -> Document:
    kept = {name: value for name, value in document.items() if name not in _INTERNAL}
    return {("id" if name == "_id" else name): _text(value) for name, value in kept.items()}


def _text(value: Any) -> Any:
    """Mails are kept as packed bytes: a person reads their text."""
    if isinstance(value, bytes | Binary):
        return _unpacked(bytes(value)).decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return {name: _text(inner) for name, inner in value.items()}
    return [_text(inner) for inner in value] if isinstance(value, list) else value


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error:
        return content
