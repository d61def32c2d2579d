"""Closed digests by what they are called: all that went out at one hour, and what became of them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from pymongo.database import Database

from services.notifications.domain.states import PENDING
from services.notifications.storage.documents import Document
from shared.mongo import database_errors

_IDS_AT_ONCE = 500


class EditionStore:
    """`services.notifications.application.editions.ClosedEditions`."""

    def __init__(self, database: Database[Document]) -> None:
        self._digests = database["digests"]
        self._dispatches = database["dispatches"]

    def slot_before(self, slot: datetime | None) -> datetime | None:
        wanted = {"slot": {"$lt": slot}} if slot else {}
        with database_errors():
            found = list(self._digests.find(wanted, {"slot": 1}).sort("slot", -1).limit(1))
        return found[0]["slot"] if found else None

    def closed_for(self, slot: datetime) -> dict[str, dict[str, int]]:
        shown = {"label": 1, "members.position": 1}
        found: dict[str, dict[str, int]] = {}
        with database_errors():
            for document in self._digests.find({"slot": slot}, shown):
                found.setdefault(document["label"], {})[document["_id"]] = len(document["members"])
        return found

    def became(self, ids: list[str]) -> Counter[tuple[str, str | None]]:
        counts: Counter[tuple[str, str | None]] = Counter()
        for start in range(0, len(ids), _IDS_AT_ONCE):
            part = ids[start : start + _IDS_AT_ONCE]
            with database_errors():
                found = self._dispatches.find({"_id": {"$in": part}}, {"recipients": 1})
                own = [document["recipients"][0] for document in found]
            counts.update((recipient["state"], recipient.get("why")) for recipient in own)
            counts[PENDING, None] += len(part) - len(own)
        return +counts
