"""Who was told by hand, inside the dispatches themselves: one update changes the count and says who told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo.database import Database

from services.notifications.application.by_hand import Records
from services.notifications.domain.by_hand import Record, Telling
from services.notifications.domain.dispatches import Dispatch
from services.notifications.domain.states import BY_HAND
from services.notifications.storage.documents import (
    TOLD_MARK,
    Document,
    dispatch_of,
    state_fields,
    state_mark,
)
from shared.contracts.envelope import Event
from shared.contracts.registry import check
from shared.messaging.outbox import Wake, wake_nobody
from shared.mongo import database_errors

NOBODY_AT_WORK = {"lease": {"$exists": False}}


class TellingStore:
    """`services.notifications.application.by_hand.Tellings`. `wake` tells the relay."""

    def __init__(self, database: Database[Document], wake: Wake = wake_nobody) -> None:
        self._dispatches = database["dispatches"]
        self._wake = wake

    def page(self, told: bool, after: str | None, limit: int) -> list[tuple[Dispatch, Records]]:
        condition: dict[str, Any] = {"marks": TOLD_MARK if told else state_mark(BY_HAND)}
        if after is not None:
            condition["_id"] = {"$gte": after}
        with database_errors():
            found = self._dispatches.find(condition).sort("_id", 1).limit(limit)
            return [(dispatch_of(document), _records(document)) for document in found]

    def get(self, dispatch_id: str) -> tuple[Dispatch, Records] | None:
        with database_errors():
            document = self._dispatches.find_one({"_id": dispatch_id})
        return (dispatch_of(document), _records(document)) if document else None

    def keep(self, dispatch: Dispatch, position: int, record: Record, event: Event | None) -> bool:
        """Never while a lane has the dispatch: its settlement would not fit any more."""
        present, absent = state_fields(dispatch)
        fields = {**present, "version": dispatch.version + 1, f"told.{position}": _document(record)}
        change: dict[str, Any] = {"$set": fields}
        if absent:
            change["$unset"] = dict.fromkeys(absent, "")
        if event is not None:
            change["$push"] = {"outbox": check(event).to_dict()}
        mine = {"_id": dispatch.id, "version": dispatch.version, **NOBODY_AT_WORK}
        with database_errors():
            kept = self._dispatches.update_one(mine, change).matched_count == 1
        if kept and event is not None:
            self._wake(self._dispatches.name)
        return kept


def _records(document: Mapping[str, Any]) -> dict[int, Record]:
    return {int(position): _record(each) for position, each in document.get("told", {}).items()}


def _record(document: Mapping[str, Any]) -> Record:
    telling = document["telling"]
    known = {each["key"]: each["hash"] for each in document["requests"]}
    return Record(document["version"], Telling(**telling) if telling else None, known)


def _document(record: Record) -> Document:
    telling = record.telling
    requests = [{"key": key, "hash": value} for key, value in (record.keys or {}).items()]
    return {
        "version": record.version,
        "telling": _telling(telling) if telling else None,
        "requests": requests,
    }


def _telling(telling: Telling) -> dict[str, str | datetime | None]:
    return {
        "by": telling.by,
        "at": telling.at,
        "how": telling.how,
        "note": telling.note,
        "recorded_by": telling.recorded_by,
        "recorded_at": telling.recorded_at,
    }
