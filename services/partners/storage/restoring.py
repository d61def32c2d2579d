"""Contacts, audiences and projections after a restore: above every version that was ever given, and told
again where nobody heard."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database

from services.partners.application.contacts import ContactRules, contact_event
from services.partners.application.ports import Record
from services.partners.application.telling import head_id
from services.partners.storage import collections as names
from services.partners.storage.records import MongoContacts, MongoRecords
from shared.contracts.envelope import Event
from shared.messaging.history import COLLECTION as HISTORY
from shared.messaging.saying_again import forget, say_again
from shared.sealing import Sealer

ACTOR = "restore"
_AT_ONCE = 500  # contacts
_WITH_VERSION = (names.PARTNERS, names.ENGAGEMENTS, names.SUBSCRIPTIONS)


class RestoredPartners:
    """What a restore asks of this database and does to it; nobody else is at work."""

    def __init__(self, database: Database[dict[str, Any]], sealer: Sealer) -> None:
        self._database = database
        self._contacts = MongoContacts(database[names.CONTACTS], sparse="fingerprint")
        self._rules = ContactRules(MongoRecords(database[names.PARTNERS]), sealer)

    def heads(self) -> frozenset[str]:
        """The events whose audiences are complete."""
        return frozenset(d["_id"] for d in self._database[names.HEADS].find({}, {"_id": 1}))

    def pages(self) -> Mapping[str, int]:
        """Page → how many contacts it tells."""
        return {d["_id"]: d["relevant"] for d in self._database[names.PAGES].find({}, {"relevant": 1})}

    def known_version(self) -> Mapping[str, int]:
        """Project → the newest version that was heard of."""
        return {d["_id"]: d["version"] for d in self._database[names.PROJECTS].find({}, {"version": 1})}

    def reachable(self) -> Mapping[str, str]:
        """Contact → fingerprint, of all whose address is not known to take no mail."""
        shown = {"fingerprint": 1, "suppressed": 1}
        found = self._database[names.CONTACTS].find({"fingerprint": {"$exists": True}}, shown)
        return {d["_id"]: d["fingerprint"] for d in found if not d.get("suppressed")}

    def wishing(self) -> list[str]:
        """The contacts whose wishes are counted here."""
        found = self._database[names.CONTACTS].find({"wish": {"$exists": True}}, {"_id": 1})
        return [document["_id"] for document in found]

    def forget_unfounded(self) -> int:
        """History of what the documents, read before it, do not know; how many events."""
        versions = {d["_id"]: d["version"] for d in self._database[names.CONTACTS].find({}, {"version": 1})}
        pages, heads = self.pages().keys(), self.heads()
        unfounded: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
            "contact": lambda event: event["version"] > versions.get(_about(event), 0),
            "page": lambda event: event["_id"] not in pages,
            "resolved": lambda event: _about_head(event) not in heads,
        }
        shown = {"type": 1, "subject": 1, "version": 1}
        return forget(
            self._database,
            [
                event["_id"]
                for event in self._database[HISTORY].find({}, shown)
                if unfounded.get(_kind(event), _never)(event)
            ],
        )

    def say_pages_again(self, pages: Collection[str]) -> int:
        return say_again(self._database, names.PAGES, {page: page for page in pages})

    def say_heads_again(self, events: Collection[str]) -> int:
        return say_again(self._database, names.HEADS, {head_id(event): event for event in events})

    def leap(self, base: int) -> int:
        """Everything to the version `base`; every contact, or its tombstone, is told. How many."""
        for name in _WITH_VERSION:
            self._database[name].update_many({"version": {"$lt": base}}, {"$set": {"version": base}})
        told = 0
        for records in self._batches():
            told += len(records)
            self._database[names.CONTACTS].bulk_write(
                [self._leaping({**record, "version": base}) for record in records], ordered=False
            )
        return told

    def _leaping(self, record: Record) -> UpdateOne:
        waiting = self._event(record).to_dict()
        change = {"$set": {"version": record["version"]}, "$push": {"outbox": waiting}}
        return UpdateOne({"_id": record["id"]}, change)

    def _event(self, record: Record) -> Event:
        if record.get("erased_at"):
            fingerprint = {"fingerprint": record["erased_fingerprint"]}
            return contact_event("erased", record, fingerprint, ACTOR, None)
        return self._rules.changed(record, ACTOR)

    def _batches(self) -> Iterator[list[Record]]:
        after = None
        while found := self._contacts.page({}, after, _AT_ONCE):
            yield found
            after = found[-1]["id"]


def _kind(event: Mapping[str, Any]) -> str:
    """contact, page or resolved."""
    words = str(event["type"]).split(".")
    return words[1] if words[1] == "contact" else words[2]


def _about(event: Mapping[str, Any]) -> str:
    return str(event["subject"]).partition("/")[2]


def _about_head(event: Mapping[str, Any]) -> str:
    return str(event["_id"]).removesuffix(head_id(""))


def _never(event: Mapping[str, Any]) -> bool:
    return False
