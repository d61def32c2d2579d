"""What an event meets, asked by index and in lists of a length that both servers like.

Measured on SecantusDB: a key that meets nothing costs 16 µs in lists of 500 and 34 µs in lists of 50;
a document that is found costs 0.09 ms in lists of 25, 0.12 in lists of 50 and 0.7 in lists of 500, since
each is held against the whole list again. mongod does not mind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo.database import Database

from services.partners.application.ports import Record
from services.partners.domain.consent import Candidate, effective_basis
from services.partners.domain.reasons import Engagement, Partner, Subscription
from services.partners.storage import collections as names
from shared.mongo import database_errors

KEYS_AT_ONCE = 200
IDS_AT_ONCE = 5

_DECIDING = {
    "version": 1,
    "partner_ids": 1,
    "lawful_bases.alerts": 1,
    "unsubscribed_at": 1,
    "muted_projects": 1,
    "suppressed": 1,
}
_DESCRIBING = {"name": 1, "position": 1, "language": 1, "preferences": 1, "fingerprint": 1}


class MongoDirectory:
    """The port `Directory`."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._database = database

    def shapes(self) -> list[str]:
        with database_errors():
            return [document["_id"] for document in self._database[names.SHAPES].find()]

    def subscriptions(self, keys: Sequence[str]) -> list[Subscription]:
        found = {
            document["_id"]: Subscription(document["partner_id"], document["facets"])
            for document in self._in(
                names.SUBSCRIPTIONS, "keys", keys, {"partner_id": 1, "facets": 1}, KEYS_AT_ONCE
            )
        }
        return [found[subscription_id] for subscription_id in sorted(found)]

    def engagements(self, project_id: str) -> list[Engagement]:
        with database_errors():
            found = self._database[names.ENGAGEMENTS].find({"project_id": project_id}).sort("_id", 1)
            return [_engagement(document) for document in found if not document.get("ended_at")]

    def seats(self, missions: Collection[int]) -> list[str]:
        with database_errors():
            found = self._database[names.PARTNERS].find(
                {"missions": {"$in": sorted(set(missions))}}, {"kinds": 1}
            )
            return sorted(document["_id"] for document in found if "jppcc" in document["kinds"])

    def partners(self, partner_ids: Collection[str]) -> dict[str, Partner]:
        wanted = {"name": 1, "kinds": 1, "ended_at": 1}
        return {
            document["_id"]: Partner(document["_id"], document["name"], tuple(document["kinds"]))
            for document in self._in(names.PARTNERS, "_id", sorted(partner_ids), wanted)
            if not document.get("ended_at")
        }

    def contacts_of(self, partner_ids: Collection[str], now: datetime) -> list[Candidate]:
        found = self._in(names.CONTACTS, "partner_ids", sorted(partner_ids), _DECIDING)
        return list({document["_id"]: _candidate(document, now) for document in found}.values())

    def contacts(self, contact_ids: Collection[str], now: datetime) -> list[Candidate]:
        found = self._in(names.CONTACTS, "_id", sorted(contact_ids), {**_DECIDING, "erased_at": 1})
        return [_candidate(document, now) for document in found if not document.get("erased_at")]

    def people(self, contact_ids: Collection[str]) -> dict[str, Record]:
        found = self._in(names.CONTACTS, "_id", sorted(contact_ids), {**_DESCRIBING, "erased_at": 1})
        return {
            document["_id"]: {**document, "has_address": document.get("fingerprint") is not None}
            for document in found
            if not document.get("erased_at")
        }

    def _in(
        self,
        collection: str,
        field: str,
        values: Sequence[str],
        wanted: Mapping[str, int],
        at_once: int = IDS_AT_ONCE,
    ) -> Iterator[dict[str, Any]]:
        for start in range(0, len(values), at_once):
            with database_errors():
                chunk = values[start : start + at_once]
                yield from self._database[collection].find({field: {"$in": chunk}}, wanted)


class MongoShapes:
    """The port `Shapes`: a few dozen documents at most, which are never removed."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._shapes = database[names.SHAPES]

    def add(self, shape: str) -> None:
        with database_errors():
            self._shapes.update_one({"_id": shape}, {"$setOnInsert": {"_id": shape}}, upsert=True)


def _engagement(document: Mapping[str, Any]) -> Engagement:
    return Engagement(
        partner_id=document["partner_id"],
        role=document["role"],
        milestones=tuple(document["scope"]["milestones"]),
        areas=tuple(document["scope"]["areas"]),
        contact_id=document.get("contact_id"),
        pledge=document.get("pledge"),
    )


def _candidate(document: Mapping[str, Any], now: datetime) -> Candidate:
    return Candidate(
        id=document["_id"],
        version=document["version"],
        partner_ids=tuple(document.get("partner_ids", ())),
        basis=effective_basis(document.get("lawful_bases", {}), now),
        unsubscribed=document.get("unsubscribed_at") is not None,
        suppressed=document.get("suppressed") is not None,
        muted_projects=tuple(document.get("muted_projects", ())),
    )
