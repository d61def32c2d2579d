"""The ledger in MongoDB: dispatches, the records of lanes, and attempts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError
from pymongo.write_concern import WriteConcern

from services.notifications.application.ports import Due, Settlement
from services.notifications.domain.dispatches import Dispatch, Lease
from services.notifications.domain.lanes import LaneRecord
from services.notifications.storage.documents import (
    Document,
    attempt_document,
    dispatch_of,
    lease_document,
    lease_of,
    state_fields,
)
from services.notifications.storage.notices import Notices
from services.notifications.storage.windows import WindowBooks
from shared.failpoints import failpoint
from shared.messaging.effects import DUPLICATE_KEY
from shared.mongo import database_errors

# Claims and settlements are not journaled: the next window is, and the journal keeps their order. What a
# power cut takes back is a settlement without a later window: its lane's record then says what was sent.
_ORDERED = WriteConcern(w="majority", j=False)


class MongoLedger:
    """`services.notifications.application.ports.Ledger`; all errors that waiting mends are DependencyDown."""

    def __init__(self, database: Database[Document]) -> None:
        self._dispatches = database.get_collection("dispatches", write_concern=_ORDERED)
        self._attempts = database.get_collection("attempts", write_concern=_ORDERED)
        self._books = WindowBooks(database["lanes"])
        self._notices = Notices(database)

    def ensure_indexes(self) -> None:
        for name in ("due_at", "digest_at", "marks", "outbox.id"):
            self._dispatches.create_index(name, sparse=True)
        self._attempts.create_index("dispatch_id")

    def due(self, now: datetime, limit: int) -> list[Due]:
        with database_errors():
            found = self._dispatches.find({"due_at": {"$lte": now}}, {"version": 1, "lease": 1}).limit(limit)
            return [Due(d["_id"], d["version"], lease_of(d.get("lease"))) for d in found]

    def backlog(self, now: datetime) -> tuple[int, timedelta]:
        """(how many dispatches are due and not claimed, how long the oldest of them has been)"""
        due = {"due_at": {"$lte": now}}
        with database_errors():
            oldest = self._dispatches.find_one(due, {"due_at": 1}, sort=[("due_at", 1)])
            return self._dispatches.count_documents(due), now - oldest["due_at"] if oldest else timedelta()

    def claim(self, due: Sequence[Due], lease: Lease) -> list[Dispatch]:
        with database_errors():
            for version in {each.version for each in due}:
                ids = [each.id for each in due if each.version == version]
                self._lease(ids, version, lease)
            mine = self._dispatches.find({"_id": {"$in": [each.id for each in due]}})
            return [dispatch_of(d) for d in mine if d.get("lease", {}).get("token") == lease.token]

    def _lease(self, ids: Sequence[str], version: int, lease: Lease) -> None:
        change = {"version": version + 1, "lease": lease_document(lease), "due_at": lease.until}
        free = {"version": version, "lease": {"$exists": False}}
        if len(ids) == 1:
            self._dispatches.update_one({"_id": ids[0], **free}, {"$set": change})
        else:
            self._dispatches.update_many({"_id": {"$in": list(ids)}, **free}, {"$set": change})

    def get(self, dispatch_id: str) -> Dispatch | None:
        with database_errors():
            found = self._dispatches.find_one({"_id": dispatch_id})
        return dispatch_of(found) if found else None

    def renew(self, dispatch_ids: Sequence[str], lease: Lease) -> bool:
        mine = {"_id": {"$in": list(dispatch_ids)}, "lease.token": lease.token}
        until = {"lease.until": lease.until, "due_at": lease.until}
        with database_errors():
            return self._dispatches.update_many(mine, {"$set": until}).matched_count == len(dispatch_ids)

    def add_lane(self, lane: str, now: datetime) -> bool:
        return self._books.add(lane, now)

    def remove_lane(self, lane: str) -> None:
        self._books.remove(lane)

    def open_window(self, record: LaneRecord) -> bool:
        return self._books.open(record)

    def fence(self, lane: str, now: datetime) -> LaneRecord | None:
        return self._books.fence(lane, now)

    def settle(self, settlements: Sequence[Settlement]) -> int:
        with database_errors():
            self._keep_attempts(settlements)
            self._notices.note(settlements)
            failpoint("attempts.stored")
            updates = [_settling(settlement) for settlement in settlements]
            return self._dispatches.bulk_write(updates, ordered=False).matched_count

    def _keep_attempts(self, settlements: Iterable[Settlement]) -> None:
        """Before the settlement, so that no settled delivery lacks them; once for each claim."""
        documents = [_attempts_document(s) for s in settlements if s.attempts]
        if not documents:
            return
        try:
            self._attempts.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            failures = (error.details or {}).get("writeErrors", [])
            if any(failure["code"] != DUPLICATE_KEY for failure in failures):
                raise


def _attempts_document(settlement: Settlement) -> Document:
    dispatch = settlement.dispatch
    return {
        "_id": f"{dispatch.id}:{dispatch.version}",
        "dispatch_id": dispatch.id,
        "attempts": [attempt_document(attempt) for attempt in settlement.attempts],
    }


def _settling(settlement: Settlement) -> UpdateOne:
    dispatch = settlement.dispatch
    assert dispatch.lease is not None
    present, absent = state_fields(dispatch)
    change: dict[str, Any] = {
        "$set": {"version": dispatch.version + 1, **present},
        "$unset": dict.fromkeys(("lease", *absent), ""),
    }
    if settlement.event is not None:
        change["$push"] = {"outbox": dict(settlement.event)}
    mine = {"_id": dispatch.id, "version": dispatch.version, "lease.token": dispatch.lease.token}
    return UpdateOne(mine, change)
