"""Every mail that came in, as it came, with what became of it; removed when its retention ends."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import Binary
from pymongo.database import Database

from services.notifications.intake.application.ports import Arrived, Became, Incoming
from services.notifications.intake.domain.identity import identity
from shared.errors import VersionConflict
from shared.messaging.effects import insert_once
from shared.messaging.outbox import OutboxStore, Wake, wake_nobody
from shared.messaging.retention import RETENTION
from shared.mongo import database_errors

Document = dict[str, Any]

NEW, DONE = "new", "done"
_MOST_ENVELOPE = 20


class IncomingStore:
    """`services.notifications.intake.application.ports.IncomingBook`."""

    def __init__(self, database: Database[Document], wake: Wake = wake_nobody) -> None:
        self._incoming = database["incoming"]
        self._outbox = OutboxStore(self._incoming, wake)

    def ensure_indexes(self) -> None:
        with database_errors():
            self._outbox.ensure_indexes()
            self._incoming.create_index("due_at", sparse=True)
            self._incoming.create_index("contact_id", sparse=True)
            self._incoming.create_index("sender", sparse=True)
            self._incoming.create_index("expires_at", expireAfterSeconds=0)

    def add(self, arrived: Arrived, now: datetime) -> bool:
        name = identity(arrived.raw)
        document = {
            "_id": name,
            "version": 1,
            "state": NEW,
            "source": arrived.source,
            "received_at": min(arrived.came_at or now, now),
            "due_at": now,
            "expires_at": now + RETENTION,
            "size": arrived.size,
            "raw": Binary(zlib.compress(arrived.raw, 6)),
            "envelope_to": list(arrived.envelope_to)[:_MOST_ENVELOPE],
            "null_sender": arrived.null_sender,
            "attempts": 0,
        }
        with database_errors():
            return insert_once(self._incoming, document, name)

    def waiting(self, now: datetime, limit: int) -> list[Incoming]:
        with database_errors():
            found = self._incoming.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit)
            return [_incoming(document) for document in found]

    def finish(self, incoming: Incoming, became: Became, now: datetime) -> None:
        fields = {
            "state": DONE,
            "outcome": became.outcome,
            "cause": became.cause,
            "handled_at": now,
            **{name: value for name, value in became.about.items() if value is not None},
            **({"sender": became.sender} if became.sender else {}),
        }
        with database_errors():
            try:
                self._outbox.update(
                    incoming.id, incoming.version, set=fields, unset=("due_at",), events=became.events
                )
            except VersionConflict:
                return  # another replica has finished it

    def put_off(self, incoming: Incoming, cause: str, until: datetime) -> None:
        fields = {"due_at": until, "cause": cause, "attempts": incoming.attempts + 1}
        with database_errors():
            try:
                self._outbox.update(incoming.id, incoming.version, set=fields)
            except VersionConflict:
                return  # another replica has it

    def count(self, contact_id: str, outcomes: Sequence[str], since: datetime) -> int:
        wanted = {
            "contact_id": contact_id,
            "outcome": {"$in": list(outcomes)},
            "handled_at": {"$gt": since},
        }
        with database_errors():
            return self._incoming.count_documents(wanted)


def raw_of(document: Document) -> bytes:
    """The mail as it came, or what was kept of it."""
    return zlib.decompress(bytes(document["raw"])) if document.get("raw") else b""


def _incoming(document: Document) -> Incoming:
    return Incoming(
        id=document["_id"],
        version=document["version"],
        received_at=document["received_at"],
        raw=raw_of(document),
        envelope_to=document["envelope_to"],
        null_sender=document["null_sender"],
        attempts=document["attempts"],
    )
