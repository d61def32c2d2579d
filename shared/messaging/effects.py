"""The two ways in which a handler may be run any number of times with one effect.

Insert once: the document's `_id` is derived from the event's id. Keep the newest: a projection takes what
is newer than what it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError

from shared.errors import ConflictingDuplicate, DuplicateValue, VersionConflict

DUPLICATE_KEY = 11_000
_ATTEMPTS = 5

Documents = Collection[dict[str, Any]]


def insert_once(collection: Documents, document: Mapping[str, Any], fingerprint: str) -> bool:
    """Insert the document with its `fingerprint`.

    True: inserted. False: the same was there already. Raises ConflictingDuplicate if the `_id` is known
    with another fingerprint, DuplicateValue if another unique index refuses it.
    """
    try:
        collection.insert_one({**document, "fingerprint": fingerprint})
    except DuplicateKeyError as error:
        _require_same(collection, {document["_id"]: fingerprint}, error)
        return False
    return True


def insert_all_once(collection: Documents, documents: Sequence[Mapping[str, Any]], fingerprint: str) -> int:
    """The same for several documents of one event, in one round trip; how many were new.

    Only a duplicate `_id` is a duplicate: any other error is raised, after all others were inserted.
    """
    if not documents:
        return 0
    try:
        collection.insert_many([{**d, "fingerprint": fingerprint} for d in documents], ordered=False)
    except BulkWriteError as error:
        details = error.details or {}
        failures = details.get("writeErrors", [])
        if details.get("writeConcernErrors") or any(f["code"] != DUPLICATE_KEY for f in failures):
            raise
        _require_same(collection, {documents[f["index"]]["_id"]: fingerprint for f in failures}, error)
        return len(documents) - len(failures)
    return len(documents)


def keep_newest(
    collection: Documents,
    document_id: Any,
    version: int,
    fields: Mapping[str, Any],
    fingerprint: str | None = None,
) -> bool:
    """Store `fields` and `version` unless what is stored is as new.

    True: stored. False: not newer. With a `fingerprint`, the same version with another one raises
    ConflictingDuplicate.
    """
    content = {**fields, "version": version} | ({"fingerprint": fingerprint} if fingerprint else {})
    for _ in range(_ATTEMPTS):
        try:
            collection.update_one(
                {"_id": document_id, "version": {"$lt": version}}, {"$set": content}, upsert=True
            )
            return True
        except DuplicateKeyError as error:
            # Either the stored one is as new, or two first versions met and the older one won.
            stored = collection.find_one({"_id": document_id}, {"version": 1, "fingerprint": 1})
            if stored is None:
                raise DuplicateValue(index=index_of(error)) from error
            if stored["version"] > version:
                return False
            if stored["version"] == version:
                if fingerprint and stored.get("fingerprint", fingerprint) != fingerprint:
                    raise ConflictingDuplicate(str(document_id)) from error
                return False
    raise VersionConflict(f"{document_id} changes too fast")


def index_of(error: DuplicateKeyError | BulkWriteError) -> str:
    """The name of the index that refused a value, as far as the server tells."""
    details = dict(error.details or {})
    failures = details.get("writeErrors") or [details]
    text = str(failures[0].get("errmsg", error))
    return text.partition("index: ")[2].split(" ")[0] or "unknown"


def _require_same(
    collection: Documents, expected: Mapping[Any, str], error: DuplicateKeyError | BulkWriteError
) -> None:
    stored = {d["_id"]: d for d in collection.find({"_id": {"$in": list(expected)}}, {"fingerprint": 1})}
    for document_id, fingerprint in expected.items():
        if document_id not in stored:
            raise DuplicateValue(index=index_of(error)) from error
        if stored[document_id].get("fingerprint") != fingerprint:
            raise ConflictingDuplicate(str(document_id)) from error
