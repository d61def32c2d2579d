"""What replicas share about sending: whether it is paused, and how much was drawn from each limit."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from services.notifications.domain.waiting import WAITING, WITHOUT_TIME, Waiting
from services.notifications.storage.documents import MODE_MARK, RESTORED_MARK, Document
from shared.mongo import database_errors

_NOT_JOURNALED = WriteConcern(w="majority", j=False)
_SENDING = "sending"
_NEVER = datetime.max.replace(microsecond=0, tzinfo=UTC)
_KEPT_AFTER_END = timedelta(hours=1)


class CounterStore:
    """`ports.Counters`."""

    def __init__(self, database: Database[Document]) -> None:
        # Not journaled: a count lost in a power cut lets a few more mails out.
        self._counters = database.get_collection("counters", write_concern=_NOT_JOURNALED)

    def ensure_indexes(self) -> None:
        self._counters.create_index("ends_at", expireAfterSeconds=int(_KEPT_AFTER_END.total_seconds()))

    def add(self, key: str, amount: int, ends_at: datetime) -> int:
        change = {"$inc": {"count": amount}, "$setOnInsert": {"ends_at": ends_at}}
        with database_errors():
            for _ in range(3):  # two first draws may meet: one of them then finds it made
                with contextlib.suppress(DuplicateKeyError):
                    counter = self._counters.find_one_and_update(
                        {"_id": key}, change, upsert=True, return_document=ReturnDocument.AFTER
                    )
                    if counter is not None:
                        return int(counter["count"])
        raise RuntimeError(f"the counter {key} can be neither made nor found")


class ControlStore:
    """Pause and resume, for all replicas."""

    def __init__(self, database: Database[Document]) -> None:
        self._controls = database["controls"]
        self._dispatches = database["dispatches"]

    def read(self) -> Document:
        with database_errors():
            found = self._controls.find_one({"_id": _SENDING})
        return found or {"_id": _SENDING, "paused": False, "by": None, "at": None}

    def write(self, paused: bool, by: str, now: datetime) -> Document:
        """Who paused or resumed first, and when, stays on record."""
        present = self.read()
        if present["paused"] == paused:
            return present
        change = {"paused": paused, "by": by, "at": now}
        with database_errors():
            self._controls.update_one({"_id": _SENDING}, {"$set": change}, upsert=True)
        return {**present, **change}

    def release_held(self, now: datetime) -> int:
        """What waited for a mail mode that sends is looked at again; how many dispatches."""
        with database_errors():
            result = self._dispatches.update_many(
                {"marks": MODE_MARK, "lease": {"$exists": False}},
                {"$set": {"due_at": now}, "$pull": {"marks": MODE_MARK}},
            )
        return result.modified_count

    def waiting(self) -> int:
        """How many dispatches have something left to do by time."""
        with database_errors():
            return self._dispatches.count_documents({"due_at": {"$exists": True}})

    def waits(self, now: datetime) -> list[Waiting]:
        """What deliveries wait for, counted by state and reason."""
        with database_errors():
            return [_waiting(found) for found in self._dispatches.aggregate(_waits(now))]


def _waits(now: datetime) -> list[Document]:
    """Of dispatches that wait for a time or for a person, the recipients who do."""
    some = [{name: {"$exists": True}} for name in ("due_at", "digest_at")]
    for_a_person = {"marks": {"$in": [MODE_MARK, RESTORED_MARK]}}
    theirs = [{"recipients.due_at": {"$exists": True}}, {"recipients.why": {"$in": list(WITHOUT_TIME)}}]
    return [
        {"$match": {"$or": [*some, for_a_person]}},
        {"$unwind": "$recipients"},
        {"$match": {"recipients.state": {"$in": list(WAITING)}, "$or": theirs}},
        {
            "$group": {
                "_id": {
                    "state": "$recipients.state",
                    "why": "$recipients.why",
                    "due": {"$lte": [{"$ifNull": ["$recipients.due_at", _NEVER]}, now]},
                },
                "count": {"$sum": 1},
                "first": {"$min": "$recipients.due_at"},
            }
        },
    ]


def _waiting(found: Document) -> Waiting:
    group = found["_id"]
    return Waiting(group["state"], group.get("why"), group["due"], found["count"], found["first"])
