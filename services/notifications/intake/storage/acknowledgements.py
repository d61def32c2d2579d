"""Acknowledgements to be sent, and what became of each: a ledger of their own, since no event made them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from services.notifications.domain.restoring import RESTORED
from services.notifications.domain.states import UNCERTAIN
from services.notifications.intake.application.acknowledging import Letter
from services.notifications.intake.application.ports import Acknowledgement, Delivery
from shared.messaging.effects import insert_once
from shared.messaging.retention import RETENTION
from shared.mongo import database_errors

Document = dict[str, Any]

PENDING, SENDING = "pending", "sending"
CLAIMED_FOR = timedelta(minutes=20)  # longer than any conversation with a mail server lasts


class AcknowledgementStore:
    """`ports.Acknowledgements`, and `acknowledging.Letters`."""

    def __init__(self, database: Database[Document]) -> None:
        self._letters = database["acknowledgements"]

    def ensure_indexes(self) -> None:
        with database_errors():
            self._letters.create_index("due_at", sparse=True)
            self._letters.create_index("contact_id")
            self._letters.create_index("expires_at", expireAfterSeconds=0)

    def add(self, acknowledgement: Acknowledgement, in_doubt: bool = False) -> bool:
        delivery = acknowledgement.delivery
        sent_later = {"state": PENDING, "due_at": acknowledgement.at}
        document = {
            "_id": acknowledgement.id,
            "kind": acknowledgement.kind,
            **delivery.about(),
            "dispatch_id": delivery.dispatch_id,
            "position": delivery.position,
            "projects": list(delivery.projects),
            "recorded_at": delivery.recorded_at,
            "in_reply_to": acknowledgement.in_reply_to,
            "at": acknowledgement.at,
            "expires_at": acknowledgement.at + RETENTION,
            "attempts": 0,
            **({"state": UNCERTAIN, "why": RESTORED} if in_doubt else sent_later),
        }
        with database_errors():
            return insert_once(self._letters, document, acknowledgement.kind)

    def count(self, contact_id: str, since: datetime) -> int:
        with database_errors():
            return self._letters.count_documents({"contact_id": contact_id, "at": {"$gt": since}})

    def due(self, now: datetime, limit: int) -> list[Letter]:
        with database_errors():
            found = self._letters.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit)
            return [_letter(document) for document in found]

    def claim(self, letter: Letter, now: datetime) -> bool:
        free = {"_id": letter.id, "state": PENDING, "attempts": letter.attempts}
        change = {"state": SENDING, "attempts": letter.attempts + 1, "due_at": now + CLAIMED_FOR}
        with database_errors():
            return self._letters.update_one(free, {"$set": change}).modified_count == 1

    def end(self, letter: Letter, state: str, why: str) -> None:
        with database_errors():
            # Whose mail it answers is no longer needed, and may name a person's machine.
            done = {"$set": {"state": state, "why": why}, "$unset": {"due_at": "", "in_reply_to": ""}}
            self._letters.update_one({"_id": letter.id}, done)

    def put_back(self, letter: Letter, why: str, until: datetime) -> None:
        change = {"state": PENDING, "why": why, "due_at": until}
        with database_errors():
            self._letters.update_one({"_id": letter.id}, {"$set": change})


def _letter(document: Document) -> Letter:
    delivery = Delivery(
        id=document["delivery_id"],
        dispatch_id=document["dispatch_id"],
        position=document["position"],
        contact_id=document["contact_id"],
        event_id=document["event_id"],
        projects=document["projects"],
        milestone_id=document["milestone_id"],
        recorded_at=document["recorded_at"],
    )
    acknowledgement = Acknowledgement(
        document["_id"], document["kind"], delivery, document.get("in_reply_to", ""), document["at"]
    )
    return Letter(acknowledgement, document["attempts"], document["state"] == SENDING)
