"""The versions of this service's database: what each changes, in order.

A step is written out here and uses no code that may change later, but for the indexes, which are whatever
the code of the day asks for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database

from services.notifications.storage.documents import Document
from services.notifications.storage.stores import stores
from shared.contracts.former_pages import each_reason_once, is_former
from shared.migrations import Migration
from shared.mongo import DatabaseClock

_FORMER_MARKS = ("waits_for", "waits_for_mail_mode", "attention")
_AT_ONCE = 500  # documents of one bulk write


def join_marks(database: Database[Document]) -> None:
    """What a dispatch is looked up by stands in one field with one index; it stood in three with three."""
    dispatches = database["dispatches"]
    with_former = {"$or": [{name: {"$exists": True}} for name in _FORMER_MARKS]}
    while found := list(dispatches.find(with_former, dict.fromkeys(_FORMER_MARKS, 1)).limit(_AT_ONCE)):
        dispatches.bulk_write([_joining(document) for document in found], ordered=False)
    known = set(dispatches.index_information())
    for name in _FORMER_MARKS:
        if f"{name}_1" in known:
            dispatches.drop_index(f"{name}_1")


def _joining(document: Mapping[str, Any]) -> UpdateOne:
    marks = sorted(_marks(document))
    change: Document = {"$unset": dict.fromkeys(_FORMER_MARKS, "")}
    if marks:
        change["$addToSet"] = {"marks": {"$each": marks}}
    return UpdateOne({"_id": document["_id"]}, change)


def _marks(document: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"contact/{contact}" for contact in document.get("waits_for") or ())
    yield from (f"state/{state}" for state in document.get("attention") or ())
    if document.get("waits_for_mail_mode"):
        yield "mail_mode"


def create_indexes(database: Database[Document]) -> None:
    stores(database, DatabaseClock(database.client)).ensure_indexes()


def name_reasons_once(database: Database[Document]) -> None:
    """Pages as they are published today; with the fingerprints that they have when they come again."""
    pages = database["pages"]
    for found in list(pages.find({"reasons": {"$exists": False}}, {"_id": 1})):
        page = pages.find_one(found) or {}
        if not is_former(page):
            continue
        page = each_reason_once(page)
        alert = database["alerts"].find_one({"_id": page["event_id"]}) or {"about": {}}
        content = {"about": alert["about"], **{name: page[name] for name in ("page", "reasons", "contacts")}}
        fingerprint = {"fingerprint": _fingerprint(content)}
        database["dispatches"].update_many({"page_id": found["_id"]}, {"$set": fingerprint})
        fields = {"reasons": page["reasons"], "contacts": page["contacts"], **fingerprint}
        pages.update_one(found, {"$set": fields})


def _fingerprint(data: Document) -> str:
    """Of the event that brings this page."""
    content = json.dumps(["partners.audience.page.v1", data], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


MIGRATIONS = (
    Migration(1, "one field and one index find every dispatch that waits", join_marks),
    Migration(2, "every index that a question needs", create_indexes),
    Migration(3, "an audience page names each reason once", name_reasons_once),
)
