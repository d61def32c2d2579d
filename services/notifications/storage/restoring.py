"""The ledger after a restore: what was unfinished is held back, and let go by an operator."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database

from services.notifications.application.digesting import MARK
from services.notifications.application.settling import outcome_event
from services.notifications.domain.dispatches import Dispatch, outcomes
from services.notifications.domain.lanes import recovered
from services.notifications.domain.recipients import Result
from services.notifications.domain.restoring import (
    RESTORED,
    as_known,
    held_back,
    is_unfinished,
    released,
    waits_for_a_digest_to_come,
)
from services.notifications.domain.states import UNCERTAIN
from services.notifications.storage.documents import (
    RESTORED_MARK,
    Document,
    attempt_of,
    contact_of,
    dispatch_of,
    state_fields,
)
from services.notifications.storage.ledger import MongoLedger
from services.notifications.storage.suppressions import suppressed_event
from shared.mongo import database_errors

_RESTORE = "restored"  # the id of the control that says when
_AT_ONCE = 100  # dispatches
_DUE = {"due_at": {"$exists": True}}
_WITH_VERSION = ("dispatches", "suppressions", "wishes")


@dataclass(frozen=True)
class Restore:
    """The last one: `at`, later than anything that was reported before it; `base`, above every version that
    was given before it."""

    at: datetime
    base: int


class RestoreNotes:
    """Whether this database was restored, and when."""

    def __init__(self, database: Database[Document]) -> None:
        self._controls = database["controls"]
        self._contacts = database["contacts"]

    def write(self, restore: Restore) -> None:
        self._controls.replace_one({"_id": _RESTORE}, {"at": restore.at, "base": restore.base}, upsert=True)

    def last_restore(self) -> Restore | None:
        with database_errors():
            found = self._controls.find_one({"_id": _RESTORE})
        return Restore(found["at"], found["base"]) if found else None

    def without_address(self, contact_ids: Iterable[str]) -> frozenset[str]:
        """Those of these whom nobody can have mailed."""
        wanted = {"_id": {"$in": sorted(set(contact_ids))}, "address": None}
        with database_errors():
            return frozenset(found["_id"] for found in self._contacts.find(wanted, {"_id": 1}))


class RestoredLedger:
    """Holds back and lets go, in a few dispatches at a time."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._dispatches = database["dispatches"]

    # While it is restored: nobody else is at work -------------------------------------------------------

    def ids(self) -> frozenset[str]:
        """Of all dispatches."""
        return frozenset(found["_id"] for found in self._dispatches.find({}, {"_id": 1}))

    def hold(self, restore: Restore, told: Mapping[str, int]) -> int:
        """Hold back all that is unfinished; how many deliveries.

        `told`: of which version of a dispatch projects knows the outcome. It is told of every dispatch of
        which it knows another.
        """
        held, notes = 0, RestoreNotes(self._database)
        digested = self._resume_digests()
        for ids in _batches(sorted(self.ids())):
            documents = {d["_id"]: d for d in self._dispatches.find({"_id": {"$in": ids}})}
            results = self._later_results(ids)
            by_hand = notes.without_address(r["contact"] for d in documents.values() for r in d["recipients"])
            updates = []
            for key, document in documents.items():
                before = dispatch_of(document)
                after = self._held(before, results.get(key, []), by_hand, digested, restore.at)
                held += sum(r.why == RESTORED for r in after.recipients)
                if after.recipients != before.recipients or told.get(key) != before.version:
                    updates.append(_settling(after, restore))
            if updates:
                self._dispatches.bulk_write(updates, ordered=False)
        older = {"version": {"$lt": restore.base}}
        for name in _WITH_VERSION:
            self._database[name].update_many(older, {"$set": {"version": restore.base}})
        self._dispatches.update_many({"lease": {"$exists": True}}, {"$unset": {"lease": ""}})
        self._database["lanes"].drop()
        return held

    def tell_suppressions(self, restore: Restore, unaware: Mapping[str, str]) -> int:
        """Say again which addresses take no mail, where partners does not know; how many.

        `unaware`: contact → fingerprint, of all whom partners thinks to be reachable.
        """
        said = 0
        for found in list(self._database["suppressions"].find({"active": True})):
            contact = self._database["contacts"].find_one({"address_fingerprint": found["_id"]})
            if contact is None or unaware.get(contact["_id"]) != found["_id"]:
                continue
            event = suppressed_event(
                found["_id"], restore.base, found["why"], contact_of(contact), restore.at
            )
            waiting = {"$push": {"outbox": event.to_dict()}}
            said += self._database["suppressions"].update_one({"_id": found["_id"]}, waiting).modified_count
        return said

    def stop_acknowledgements(self) -> int:
        """Answers to people's own mails are not sent late, and not twice; how many there were."""
        stopped = {"$set": {"state": UNCERTAIN, "why": RESTORED}, "$unset": {"due_at": ""}}
        return self._database["acknowledgements"].update_many(_DUE, stopped).modified_count

    def count_wishes_on(self, restore: Restore, contacts: Iterable[str]) -> None:
        """Wishes of these contacts, which partners knows, count on from the base of the restore."""
        for contact in contacts:
            nothing = {"version": restore.base, "sources": [], "at": restore.at}
            self._database["wishes"].update_one({"_id": contact}, {"$setOnInsert": nothing}, upsert=True)

    def _resume_digests(self) -> Collection[tuple[str, int]]:
        """Where the members of closed digests stand: they share what becomes of their digest, and it alone is
        held back. One whose own delivery the backup has not is taken up again from its closing."""
        digests = self._database["digests"]
        begun = self.ids()
        digested = set()
        for digest in digests.find({}, {"members.dispatch": 1, "members.position": 1}):
            digested |= {(member["dispatch"], member["position"]) for member in digest["members"]}
            if digest["_id"] not in begun:
                digests.update_one({"_id": digest["_id"]}, {"$set": {"todo": MARK}})
        return digested

    def _held(
        self,
        dispatch: Dispatch,
        later: Sequence[tuple[int, tuple[int, Result]]],
        by_hand: Collection[str],
        digested: Collection[tuple[str, int]],
        now: datetime,
    ) -> Dispatch:
        """What its lane and its attempts tell is taken for known; the rest of the unfinished is held."""
        if not dispatch.lease and not any(map(is_unfinished, dispatch.recipients)):
            return dispatch
        recipients: Sequence[Any] = dispatch.recipients
        attempts = [result for version, result in sorted(later, key=_version) if version >= dispatch.version]
        if dispatch.lease and not attempts:
            record = MongoLedger(self._database).fence(dispatch.lease.lane, now)
            recipients, _ = recovered(dispatch, record, now, lambda: 0.0)
        known = as_known(recipients, attempts, now)
        return replace(
            dispatch,
            recipients=tuple(
                r
                if waits_for_a_digest_to_come(r, now) or (dispatch.id, position) in digested
                else held_back(r, r.contact not in by_hand)
                for position, r in enumerate(known)
            ),
        )

    def _later_results(self, ids: Sequence[str]) -> Mapping[str, list[tuple[int, tuple[int, Result]]]]:
        """dispatch → (version of the claim, (position, result)) of every attempt that was stored for it."""
        found: dict[str, list[tuple[int, tuple[int, Result]]]] = {}
        for document in self._database["attempts"].find({"dispatch_id": {"$in": ids}}):
            version = int(document["_id"].rpartition(":")[2])
            for attempt in map(attempt_of, document["attempts"]):
                result = (attempt.position, attempt.result)
                found.setdefault(document["dispatch_id"], []).append((version, result))
        return found

    # Afterwards ----------------------------------------------------------------------------------------

    def waiting(self, event_id: str | None = None) -> int:
        """In how many dispatches somebody waits for an operator."""
        with database_errors():
            return self._dispatches.count_documents(_waiting(event_id))

    def page(self, event_id: str | None, after: str | None, limit: int) -> list[Dispatch]:
        """Such dispatches in the order of their ids, from that one on."""
        condition = _waiting(event_id) | ({"_id": {"$gte": after}} if after else {})
        with database_errors():
            found = self._dispatches.find(condition).sort("_id", 1).limit(limit)
            return [dispatch_of(document) for document in found]

    def release(self, now: datetime, event_id: str | None, limit: int) -> int:
        """Let those in up to so many dispatches go; how many deliveries. What a lane has at work stays."""
        with database_errors():
            free = {**_waiting(event_id), "lease": {"$exists": False}}
            found = [dispatch_of(d) for d in self._dispatches.find(free).limit(limit)]
            return sum(self._let_go(dispatch, now) for dispatch in found)

    def _let_go(self, dispatch: Dispatch, now: datetime) -> int:
        recipients = tuple(released(recipient, now) for recipient in dispatch.recipients)
        present, absent = state_fields(replace(dispatch, recipients=recipients))
        change: Document = {"$set": {**present, "version": dispatch.version + 1}}
        if absent:
            change["$unset"] = dict.fromkeys(absent, "")
        mine = {"_id": dispatch.id, "version": dispatch.version, "lease": {"$exists": False}}
        stored = self._dispatches.update_one(mine, change).matched_count
        return stored * sum(r.why == RESTORED for r in dispatch.recipients)


def _settling(dispatch: Dispatch, restore: Restore) -> UpdateOne:
    """The dispatch above every version that it ever had, and the news of it."""
    present, absent = state_fields(dispatch)
    event = outcome_event(dispatch, restore.base, outcomes(dispatch.recipients), restore.at)
    change: Document = {
        "$set": {**present, "version": restore.base},
        "$unset": dict.fromkeys(("lease", *absent), ""),
        "$push": {"outbox": event.to_dict()},
    }
    return UpdateOne({"_id": dispatch.id}, change)


def _waiting(event_id: str | None) -> Document:
    return {"marks": RESTORED_MARK, **({"event_id": event_id} if event_id else {})}


def _version(later: tuple[int, tuple[int, Result]]) -> int:
    return later[0]


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
