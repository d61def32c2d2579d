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
_SHOWN = {"recipients.contact": 1, "event_id": 1, "project_id": 1, "milestone_id": 1, "recorded_at": 1}


class DeliveryStore:
    """`services.notifications.intake.application.ports.Deliveries`."""

    def __init__(self, database: Database[Document]) -> None:
        self._dispatches = database["dispatches"]
        self._hashes: dict[str, str] = {}

    def find(self, token: str) -> Delivery | None:
        dispatch_token, _, place = token.rpartition(".")
        if not dispatch_token or not place.isascii() or not place.isdigit() or len(place) > 3:
            return None
        with database_errors():
            named = self._named(dispatch_token)
            document = self._dispatches.find_one({"_id": {"$in": list(named)}}, _SHOWN) if named else None
        return _delivery(document, int(place)) if document else None

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
        event = check(outcome_event(dispatch, version, outcomes(dispatch.recipients), now))
        change: dict[str, Any] = {
            "$set": {"version": version, **present},
            "$push": {"outbox": event.to_dict()},
            **({"$unset": dict.fromkeys(absent, "")} if absent else {}),
        }
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


def _delivery(document: Mapping[str, Any], position: int) -> Delivery | None:
    if position >= len(document["recipients"]):
        return None
    return Delivery(
        id=delivery_id(document["_id"], position),
        dispatch_id=document["_id"],
        position=position,
        contact_id=document["recipients"][position]["contact"],
        event_id=document["event_id"],
        project_id=document.get("project_id"),
        milestone_id=document.get("milestone_id"),
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
