"""Records of one kind as documents."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo.collection import Collection as MongoCollection

from services.partners.application.ports import Record
from services.partners.domain.consent import PURPOSES
from services.partners.storage.collections import ONE_ADDRESS
from shared.calendar import local_day
from shared.contracts.envelope import Event
from shared.contracts.registry import check
from shared.errors import VersionConflict
from shared.messaging.outbox import OutboxStore, Wake, wake_nobody
from shared.mongo import database_errors

Documents = MongoCollection[dict[str, Any]]

_OURS = {"outbox": 0}


class MongoRecords:
    """The port `Records` on one collection. `wake` tells the relay that there is something to publish;
    `sparse` is a field whose index must not see a None, so that it is then left out of the document."""

    def __init__(self, collection: Documents, wake: Wake = wake_nobody, sparse: str | None = None) -> None:
        self._collection = collection
        self._sparse = sparse
        self._wake = wake
        self._store = OutboxStore(collection, wake)

    def find(self, record_id: str) -> Record | None:
        with database_errors():
            document = self._collection.find_one({"_id": record_id}, _OURS)
        return None if document is None else self._record(document)

    def insert(self, record: Record, events: Sequence[Event] = ()) -> None:
        with database_errors():
            self._store.insert(self._document(record), events)

    def update(
        self,
        record_id: str,
        version: int,
        fields: Mapping[str, Any],
        events: Sequence[Event] = (),
        unset: Collection[str] = (),
    ) -> None:
        absent = [name for name, value in fields.items() if name == self._sparse and value is None]
        present = {name: value for name, value in fields.items() if name not in absent}
        with database_errors():
            self._store.update(record_id, version, set=present, unset=(*unset, *absent), events=events)

    def page(self, wanted: Mapping[str, Any], after: str | None, limit: int) -> list[Record]:
        condition = {**wanted, **({"_id": {"$gt": after}} if after else {})}
        with database_errors():
            found = self._collection.find(condition, _OURS).sort("_id", 1).limit(limit)
            return [self._record(document) for document in found]

    def _document(self, record: Record) -> dict[str, Any]:
        kept = {k: v for k, v in record.items() if k != "id" and not (k == self._sparse and v is None)}
        return {"_id": record["id"], **kept}

    def _record(self, document: Mapping[str, Any]) -> Record:
        left_out = {self._sparse: None} if self._sparse else {}
        return {**left_out, "id": document["_id"], **{k: v for k, v in document.items() if k != "_id"}}


class MongoContacts(MongoRecords):
    """Contacts can be erased, and no two have one address."""

    _guarded = False

    def insert(self, record: Record, events: Sequence[Event] = ()) -> None:
        self._guard()
        super().insert(record, events)

    def update(
        self,
        record_id: str,
        version: int,
        fields: Mapping[str, Any],
        events: Sequence[Event] = (),
        unset: Collection[str] = (),
    ) -> None:
        self._guard()
        super().update(record_id, version, fields, events, unset)

    def _guard(self) -> None:
        """The index is what makes an address unique, so no contact is written before it stands."""
        if not self._guarded:
            with database_errors():
                self._collection.create_index("fingerprint", **ONE_ADDRESS)
            self._guarded = True

    def bury(self, contact_id: str, version: int, tombstone: Record, event: Event) -> None:
        document = {**self._document(tombstone), "outbox": [check(event).to_dict()]}
        with database_errors():
            result = self._collection.replace_one({"_id": contact_id, "version": version}, document)
        if not result.matched_count:
            raise VersionConflict(f"{contact_id} is not at version {version}")
        self._wake(self._collection.name)

    def unfinished(self, before: datetime) -> list[str]:
        with database_errors():
            found = self._collection.find({"unfinished_since": {"$lt": before}}, {"_id": 1})
            return [document["_id"] for document in found]

    def finish(self, contact_id: str) -> None:
        with database_errors():
            self._collection.update_one({"_id": contact_id}, {"$unset": {"unfinished_since": ""}})

    def with_ended_basis(self, now: datetime) -> Iterator[Record]:
        """Of every purpose that there is."""
        ended = [
            {f"lawful_bases.{purpose}.{member}": {"$lt": before}}
            for purpose in PURPOSES
            for member, before in (("withdrawn_at", now), ("retention_until", local_day(now).isoformat()))
        ]
        with database_errors():
            ids = [d["_id"] for d in self._collection.find({"$or": ended, "erased_at": None}, {"_id": 1})]
        for contact_id in ids:
            record = self.find(contact_id)
            if record is not None and not record.get("erased_at"):
                yield record
