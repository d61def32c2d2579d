"""Where a contact may have left traces: the history, pages, dead letters, engagements."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, Protocol

from bson import Binary
from pymongo.database import Database

from services.partners.storage import collections as names
from shared.contracts.pages import contacts_of
from shared.messaging.dead_letters import COLLECTION as DEAD_LETTERS
from shared.messaging.history import COLLECTION as HISTORY
from shared.mongo import database_errors

ERASED = b'{"erased":true}'


class Opening(Protocol):
    def open(self, token: str) -> dict[str, Any]: ...


class MongoTraces:
    """The port `Traces`. Pages name a contact by id and version only, so that they may stay."""

    def __init__(self, database: Database[dict[str, Any]], sealer: Opening) -> None:
        self._database = database
        self._sealer = sealer

    def scrub(self, contact_id: str, address: str | None) -> None:
        """Sealed states leave the history, and bodies that name the person leave the dead letters."""
        with database_errors():
            self._database[HISTORY].delete_many(
                {"subject": f"contacts/{contact_id}", "type": {"$ne": "partners.contact.erased.v1"}}
            )
            for letter_id in self._letters(contact_id, address):
                self._database[DEAD_LETTERS].update_one(
                    {"_id": letter_id},
                    {
                        "$set": {"body": Binary(ERASED), "detail": "", "headers": {}, "truncated": True},
                        "$unset": {"mended_body": ""},
                    },
                )

    def holdings(self, contact_id: str, address: str | None) -> dict[str, Any]:
        with database_errors():
            return {
                "engagements": list(self._database[names.ENGAGEMENTS].find({"contact_id": contact_id})),
                "history": self._history(contact_id),
                "told": self._told(contact_id),
                "left_out": self._left_out(contact_id),
                "dead_letters": self._dead_letters(contact_id, address),
            }

    def _history(self, contact_id: str) -> list[dict[str, Any]]:
        subject = f"contacts/{contact_id}"
        published = [d["envelope"] for d in self._database[HISTORY].find({"subject": subject})]
        contact = self._database[names.CONTACTS].find_one({"_id": contact_id}, {"outbox": 1}) or {}
        seen = {
            envelope["id"]: self._opened(envelope) for envelope in (*published, *contact.get("outbox", ()))
        }
        return sorted(seen.values(), key=lambda envelope: int(envelope["version"]))

    def _opened(self, envelope: Mapping[str, Any]) -> dict[str, Any]:
        """An event with the person in clear, as the person may read it."""
        data = dict(envelope["data"])
        if "sealed" in data:
            data["person"] = self._sealer.open(data.pop("sealed"))
        return {**envelope, "data": data}

    def _told(self, contact_id: str) -> list[dict[str, Any]]:
        """Past audiences, with the reasons given then."""
        path = "data.contacts.contact_id"
        published = self._database[HISTORY].find({f"envelope.{path}": contact_id})
        waiting = self._database[names.PAGES].find({f"outbox.{path}": contact_id}, {"outbox": 1})
        envelopes = [*(d["envelope"] for d in published), *(e for d in waiting for e in d["outbox"])]
        return [
            {"event_id": envelope["data"]["about"]["id"], "at": envelope["time"], **contact}
            for envelope in {envelope["id"]: envelope for envelope in envelopes}.values()
            for contact in contacts_of(envelope["data"])
            if contact["contact_id"] == contact_id
        ]

    def _left_out(self, contact_id: str) -> list[dict[str, Any]]:
        found = self._database[names.PAGES].find(
            {"left_out.contact_id": contact_id}, {"event_id": 1, "left_out": 1, "stored_at": 1}
        )
        return [
            {"event_id": page["event_id"], "at": page["stored_at"], "why": each["why"]}
            for page in found
            for each in page["left_out"]
            if each["contact_id"] == contact_id
        ]

    def _dead_letters(self, contact_id: str, address: str | None) -> list[dict[str, Any]]:
        ids = self._letters(contact_id, address)
        found = self._database[DEAD_LETTERS].find({"_id": {"$in": ids}})
        return [
            {"id": d["_id"], "cause": d["cause"], "body": base64.b64encode(d["body"]).decode()} for d in found
        ]

    def _letters(self, contact_id: str, address: str | None) -> list[str]:
        """Letters are few and their bodies anything, so each is looked at."""
        names_person = re.compile(
            b"|".join(re.escape(text.encode()) for text in (contact_id, address) if text), re.IGNORECASE
        )
        found = self._database[DEAD_LETTERS].find({}, {"body": 1, "mended_body": 1})
        return [
            d["_id"]
            for d in found
            if names_person.search(bytes(d.get("body", b"")))
            or names_person.search(bytes(d.get("mended_body", b"")))
        ]
