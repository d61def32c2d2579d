"""How far each IMAP folder was read."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from shared.mongo import database_errors


class MailboxStore:
    """One document a folder: its UIDVALIDITY, and the last UID whose mail is kept (RFC 9051, 2.3.1.1)."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._mailboxes = database["mailboxes"]

    def read(self, folder: str) -> tuple[int, int]:
        """(validity, last UID); zeros for a folder that was never read."""
        with database_errors():
            found = self._mailboxes.find_one({"_id": folder}) or {}
        return found.get("validity", 0), found.get("last", 0)

    def write(self, folder: str, validity: int, last: int) -> None:
        change = {"$set": {"validity": validity, "last": last}}
        with database_errors():
            self._mailboxes.update_one({"_id": folder}, change, upsert=True)
