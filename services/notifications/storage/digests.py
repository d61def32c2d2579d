"""Closed digests, and the dispatches whose recipients wait for one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database

from services.notifications.application.digesting import Edit, Members
from services.notifications.domain.digests import Digest, Fate, Member, Place
from services.notifications.domain.dispatches import SLICE, Dispatch
from services.notifications.storage.documents import (
    DIGEST_MARK,
    Document,
    contact_mark,
    dispatch_document,
    dispatch_of,
    state_fields,
)
from services.notifications.storage.restoring import RestoreNotes
from shared.contracts.pages import contacts_of
from shared.contracts.registry import check
from shared.messaging.effects import insert_all_once
from shared.messaging.outbox import Wake, wake_nobody
from shared.mongo import database_errors

IDS_AT_ONCE = 100
_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)
_NOBODY_AT_WORK = {"lease": {"$exists": False}}


class DigestStore:
    """`application.digesting.Digests` and `application.digest_planning.ClosedDigests`."""

    def __init__(self, database: Database[Document], wake: Wake = wake_nobody) -> None:
        self._digests = database["digests"]
        self._dispatches = database["dispatches"]
        self._pages = database["pages"]
        self._contacts = database["contacts"]
        self._restores = RestoreNotes(database)
        self._wake = wake

    def ensure_indexes(self) -> None:
        self._digests.create_index("todo", sparse=True)
        self._digests.create_index("contact")
        self._digests.create_index("slot")
        self._contacts.create_index("imported_at")

    def due(self, now: datetime, limit: int) -> list[Dispatch]:
        with database_errors():
            found = self._dispatches.find({"digest_at": {"$lte": now}}).limit(limit)
            return [dispatch_of(document) for document in found]

    def waiting(self, contacts: Collection[str]) -> list[Dispatch]:
        marks = [contact_mark(contact) for contact in sorted(contacts)]
        found: dict[str, Dispatch] = {}
        for part in _parts(marks):
            with database_errors():
                for document in self._dispatches.find({"marks": {"$in": part}}):
                    found[document["_id"]] = dispatch_of(document)
        return list(found.values())

    def dispatches(self, ids: Collection[str]) -> dict[str, Dispatch]:
        found: dict[str, Dispatch] = {}
        for part in _parts(sorted(ids)):
            with database_errors():
                for document in self._dispatches.find({"_id": {"$in": part}}):
                    found[document["_id"]] = dispatch_of(document)
        return found

    def members(self, dispatches: Iterable[Dispatch]) -> Members:
        with database_errors():
            return {dispatch.id: self._slice(dispatch) for dispatch in dispatches}

    def _slice(self, dispatch: Dispatch) -> Sequence[Mapping[str, Any]]:
        part = {"contacts": {"$slice": [dispatch.slice * SLICE, SLICE]}}
        page = self._pages.find_one({"_id": dispatch.page_id}, part)
        if page is None:
            raise LookupError(f"pages {dispatch.page_id}")
        return contacts_of(page)

    def get(self, ids: Collection[str]) -> dict[str, Digest]:
        found: dict[str, Digest] = {}
        for part in _parts(sorted(ids)):
            with database_errors():
                for document in self._digests.find({"_id": {"$in": part}}):
                    found[document["_id"]] = _digest_of(document)
        return found

    def being_closed(self, contacts: Collection[str]) -> list[Digest]:
        with database_errors():
            closing = self._digests.find({"todo": "mark"})
            return [_digest_of(document) for document in closing if document["contact"] in contacts]

    def of_contact(self, contact: str, limit: int) -> list[Digest]:
        """The newest first."""
        with database_errors():
            found = self._digests.find({"contact": contact}).sort("_id", -1).limit(limit)
            return [_digest_of(document) for document in found]

    def close(self, digests: Sequence[Digest]) -> None:
        if not digests:
            return
        with database_errors():
            # Whoever was faster decided its members; ours are then looked at again.
            insert_all_once(self._digests, [_document(digest) for digest in digests], "")

    def to_do(self, step: str, limit: int) -> list[Digest]:
        with database_errors():
            return [_digest_of(document) for document in self._digests.find({"todo": step}).limit(limit)]

    def done(self, ids: Collection[str], step: str, following: str | None) -> None:
        change = {"$set": {"todo": following}} if following else {"$unset": {"todo": ""}}
        for part in _parts(sorted(ids)):
            with database_errors():
                self._digests.update_many({"_id": {"$in": part}, "todo": step}, change)

    def edit(self, edits: Sequence[Edit]) -> None:
        if not edits:
            return
        with database_errors():
            self._dispatches.bulk_write([_update(*edit) for edit in edits], ordered=False)
        if any(event for _, event in edits):
            self._wake(self._dispatches.name)

    def unnoticed(self, imported_before: datetime) -> list[str]:
        wanted = {
            "imported_at": {"$gt": _BEFORE_ALL, "$lte": imported_before},
            "noticed_at": None,
            "address": {"$ne": None},
            "lawful_basis": {"$ne": None},
            "unsubscribed": False,
            "erased": False,
        }
        with database_errors():
            found = [document["_id"] for document in self._contacts.find(wanted, {"_id": 1})]
        known = self.get([f"{contact}:0" for contact in found])
        return [contact for contact in found if f"{contact}:0" not in known]

    def last_restore(self) -> datetime | None:
        restore = self._restores.last_restore()
        return restore.at if restore else None

    def add_dispatches(self, dispatches: Sequence[Dispatch]) -> None:
        with database_errors():
            insert_all_once(self._dispatches, [dispatch_document(each) for each in dispatches], "digest")

    def finished(self, limit: int) -> list[Dispatch]:
        with database_errors():
            found = self._dispatches.find({"marks": DIGEST_MARK, **_NOBODY_AT_WORK}).limit(limit)
            return [dispatch_of(document) for document in found]

    def shared(self, dispatches: Sequence[Dispatch]) -> None:
        updates = [
            UpdateOne({"_id": each.id, "version": each.version}, {"$unset": {"marks": ""}})
            for each in dispatches
        ]
        if updates:
            with database_errors():
                self._dispatches.bulk_write(updates, ordered=False)

    def keep_fates(self, fates: Mapping[str, Mapping[Place, Fate | None]]) -> None:
        updates = [
            UpdateOne({"_id": key}, {"$set": {"fates": [_fate(*each) for each in of_digest.items()]}})
            for key, of_digest in fates.items()
        ]
        if updates:
            with database_errors():
                self._digests.bulk_write(updates, ordered=False)


def _update(dispatch: Dispatch, event: Any) -> UpdateOne:
    present, absent = state_fields(dispatch)
    change: dict[str, Any] = {
        "$set": {"version": dispatch.version + 1, **present},
        "$unset": dict.fromkeys(absent, ""),
    }
    if not absent:
        del change["$unset"]
    if event is not None:
        change["$push"] = {"outbox": check(event).to_dict()}
    return UpdateOne({"_id": dispatch.id, "version": dispatch.version, **_NOBODY_AT_WORK}, change)


def _document(digest: Digest) -> Document:
    return {
        "_id": digest.id,
        "contact": digest.contact,
        "label": digest.label,
        "slot": digest.slot,
        "frozen_at": digest.frozen_at,
        "todo": digest.todo,
        "members": [
            {
                "dispatch": member.dispatch,
                "position": member.position,
                "event_id": member.event_id,
                "event_version": member.event_version,
                "event": member.event,
                "project_id": member.project_id,
                "milestone_id": member.milestone_id,
                "contact_version": member.contact_version,
                "reasons": list(member.reasons),
            }
            for member in digest.members
        ],
    }


def _digest_of(document: Mapping[str, Any]) -> Digest:
    return Digest(
        id=document["_id"],
        contact=document["contact"],
        label=document["label"],
        slot=document["slot"],
        frozen_at=document["frozen_at"],
        members=tuple(Member(**member) for member in document["members"]),
        todo=document.get("todo"),
        fates={
            (fate["dispatch"], fate["position"]): (fate["state"], fate["why"]) if fate["state"] else None
            for fate in document.get("fates", ())
        },
    )


def _fate(place: Place, fate: Fate | None) -> Document:
    state, why = fate or (None, None)
    return {"dispatch": place[0], "position": place[1], "state": state, "why": why}


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + IDS_AT_ONCE] for start in range(0, len(values), IDS_AT_ONCE))
