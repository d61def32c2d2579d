"""The ledger as the intake sees it: which delivery a token names, and that it came back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pymongo.database import Database

from services.notifications.application.settling import outcome_event
from services.notifications.domain.dispatches import Dispatch, delivery_id, outcomes
from services.notifications.domain.states import ImpossibleTransition
from services.notifications.intake.application.ports import Delivery
from services.notifications.mail.tokens import HASHED, hashed_token
from services.notifications.storage.documents import dispatch_of, state_fields
from shared.contracts.registry import check
from shared.errors import VersionConflict
from shared.mongo import database_errors

Document = dict[str, Any]

_ULID = re.compile(r"(?<![0-9a-z])[0-7][0-9a-hjkmnp-tv-z]{25}(?![0-9a-z])")
_MEMBERS = {"members.project_id": 1, "members.event_id": 1}
_SHOWN = {"recipients.contact": 1, "event_id": 1, "project_id": 1, "milestone_id": 1, "recorded_at": 1}


class DeliveryStore:
    """`services.notifications.intake.application.ports.Deliveries`."""

    def __init__(self, database: Database[Document]) -> None:
        self._dispatches = database["dispatches"]
        self._digests = database["digests"]
        self._hashes: dict[str, str] = {}

    def find(self, token: str) -> Delivery | None:
        dispatch_token, _, place = token.rpartition(".")
        if not dispatch_token or not place.isascii() or not place.isdigit() or len(place) > 3:
            return None
        with database_errors():
            named = self._named(dispatch_token)
            document = self._dispatches.find_one({"_id": {"$in": list(named)}}, _SHOWN) if named else None
            digest = self._digests.find_one({"_id": document["_id"]}, _MEMBERS) if document else None
        return _delivery(document, int(place), (digest or {}).get("members", ())) if document else None

    def returned(self, delivery: Delivery, state: str, why: str, now: datetime) -> bool:
        with database_errors():
            document = self._dispatches.find_one({"_id": delivery.dispatch_id})
            if document is None:
                return False
            if document.get("lease"):
                raise VersionConflict(f"{delivery.dispatch_id} is being sent")
            changed = _with_return(dispatch_of(document), delivery.position, state, why)
            if changed is None:
                return False
            self._store(changed, now)
        return True

    def _store(self, dispatch: Dispatch, now: datetime) -> None:
        """One update: the state and the event that tells of it."""
        present, absent = state_fields(dispatch)
        version = dispatch.version + 1
        change: dict[str, Any] = {"$set": {"version": version, **present}}
        if absent:
            change["$unset"] = dict.fromkeys(absent, "")
        if dispatch.milestone_id:  # what becomes of a digest, its keeper shares among its news
            event = outcome_event(dispatch, version, outcomes(dispatch.recipients), now)
            change["$push"] = {"outbox": check(event).to_dict()}
        free = {"_id": dispatch.id, "version": dispatch.version, "lease": {"$exists": False}}
        if not self._dispatches.update_one(free, change).matched_count:
            raise VersionConflict(f"{dispatch.id} changed meanwhile")

    def _named(self, dispatch_token: str) -> Sequence[str]:
        """The ids that may stand behind a token: its case is gone, and its colons are dots."""
        if dispatch_token.startswith(HASHED):
            found = self._hashes.get(dispatch_token) or self._look_for(dispatch_token)
            return [found] if found else []
        plain = dispatch_token.replace(".", ":")
        return list(dict.fromkeys((_ULID.sub(lambda ulid: ulid[0].upper(), plain), plain, plain.upper())))

    def _look_for(self, dispatch_token: str) -> str | None:
        """Hashes cannot be turned back: every id is tried, once, and then remembered."""
        for document in self._dispatches.find({}, {"_id": 1}):
            token = hashed_token(f"{document['_id']}:0").removesuffix(".0")
            self._hashes[token] = document["_id"]
        return self._hashes.get(dispatch_token)


def _delivery(
    document: Mapping[str, Any], position: int, members: Sequence[Mapping[str, Any]]
) -> Delivery | None:
    """`members` are the news of a digest, which is about several projects."""
    if position >= len(document["recipients"]):
        return None
    own = [document["project_id"]] if document.get("project_id") else []
    projects = tuple(dict.fromkeys([*own, *(member["project_id"] for member in members)]))
    return Delivery(
        id=delivery_id(document["_id"], position),
        dispatch_id=document["_id"],
        position=position,
        contact_id=document["recipients"][position]["contact"],
        event_id=members[0]["event_id"] if members else document["event_id"],
        projects=projects,
        milestone_id=document.get("milestone_id") or None,
        recorded_at=document["recorded_at"],
    )


def _with_return(dispatch: Dispatch, position: int, state: str, why: str) -> Dispatch | None:
    """None where the delivery's state does not allow it: it was told already, or never sent."""
    recipients = list(dispatch.recipients)
    try:
        recipients[position] = recipients[position].becomes(state, why)
    except ImpossibleTransition:
        return None
    return replace(dispatch, recipients=tuple(recipients))
