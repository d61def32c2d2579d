"""The versions of this service's database: what each changes, in order."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from services.partners.storage.collections import PAGES, ensure_indexes
from shared.contracts.envelope import event_from_dict
from shared.contracts.former_pages import each_reason_once, is_former
from shared.messaging.history import COLLECTION as HISTORY
from shared.messaging.history import History
from shared.migrations import Migration

PAGE_TYPE = "partners.audience.page.v1"


def create_indexes(database: Database[dict[str, Any]]) -> None:
    ensure_indexes(database)
    History(database, ()).ensure_indexes()


def name_reasons_once(database: Database[dict[str, Any]]) -> None:
    """Published pages and waiting ones, so that they can be said again and looked at."""
    former = {"type": PAGE_TYPE, "envelope.data.reasons": {"$exists": False}}
    for found in list(database[HISTORY].find(former, {"_id": 1})):
        stored = database[HISTORY].find_one({"_id": found["_id"]}) or found
        envelope = _with_reasons_once(stored["envelope"])
        fields = {"envelope": envelope, "fingerprint": event_from_dict(envelope).fingerprint}
        database[HISTORY].update_one({"_id": found["_id"]}, {"$set": fields})
    for found in list(database[PAGES].find({"outbox.id": {"$exists": True}}, {"_id": 1})):
        page = database[PAGES].find_one(found) or {}
        waiting = [_with_reasons_once(envelope) for envelope in page.get("outbox", ())]
        unchanged = {**found, "outbox": page.get("outbox")}
        database[PAGES].update_one(unchanged, {"$set": {"outbox": waiting}})


def _with_reasons_once(envelope: dict[str, Any]) -> dict[str, Any]:
    data = envelope["data"]
    return {**envelope, "data": each_reason_once(data)} if is_former(data) else envelope


MIGRATIONS = (
    Migration(1, "every index that a question needs", create_indexes),
    Migration(2, "an audience page names each reason once", name_reasons_once),
)
