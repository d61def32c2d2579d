"""Mails that came in as an operator looks at them, and as they are handled once more."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo.database import Database

from services.notifications.intake.storage.incoming import DONE, NEW, raw_of
from shared.errors import Conflict, NotFound
from shared.mongo import database_errors

Document = dict[str, Any]

_SHOWN = (
    "state", "outcome", "cause", "source", "size", "received_at", "handled_at",
    "contact_id", "delivery_id", "project_id",
)  # fmt: skip


class IncomingView:
    """Everything that came in and is still kept."""

    def __init__(self, database: Database[Document]) -> None:
        self._incoming = database["incoming"]

    def page(self, wanted: Mapping[str, Any], after: str | None, limit: int) -> list[Document]:
        """By id; `wanted` may name outcome, cause, contact_id."""
        condition = {name: value for name, value in wanted.items() if value is not None}
        if after is not None:
            condition["_id"] = {"$gt": after}
        with database_errors():
            found = self._incoming.find(condition, {"raw": 0, "outbox": 0}).sort("_id", 1).limit(limit)
            return [_shown(document) for document in found]

    def get(self, incoming_id: str) -> Document:
        """With the mail as it came, in base 64. Raises NotFound."""
        found = self._find(incoming_id)
        return {**_shown(found), "raw": base64.b64encode(raw_of(found)).decode()}

    def again(self, incoming_id: str, now: datetime) -> Document:
        """Handled once more, after what was in its way was mended; what it did already it does not do twice.

        Raises NotFound; Conflict where it is being handled, or nothing of it is kept.
        """
        found = self._find(incoming_id)
        if found["state"] != DONE or not found.get("raw"):
            raise Conflict("mail-not-repeatable")
        same = {"_id": incoming_id, "version": found["version"]}
        change = {"state": NEW, "due_at": now, "attempts": 0, "version": found["version"] + 1}
        with database_errors():
            if not self._incoming.update_one(same, {"$set": change}).matched_count:
                raise Conflict("mail-not-repeatable")
        return self.get(incoming_id)

    def _find(self, incoming_id: str) -> Document:
        with database_errors():
            found = self._incoming.find_one({"_id": incoming_id})
        if found is None:
            raise NotFound("mail-not-found")
        return found


def _shown(document: Document) -> Document:
    return {"id": document["_id"], **{name: document.get(name) for name in _SHOWN}}
