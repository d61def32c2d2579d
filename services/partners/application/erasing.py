"""A person's right to a copy, and to be forgotten (PDPA, ม.30 and ม.33)."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.partners.application.contacts import contact_event
from services.partners.application.orders import Order
from services.partners.application.ports import Contacts, Record, Traces
from services.partners.application.records import millisecond
from shared.clock import Clock
from shared.errors import NotFound, PreconditionFailed

SETTLES = timedelta(minutes=5)  # until nothing that was on its way can leave a trace any more


class Forgetting:
    """Erasure leaves a versioned tombstone and the hash by which the sender goes on suppressing."""

    def __init__(self, contacts: Contacts, traces: Traces, clock: Clock) -> None:
        self._contacts = contacts
        self._traces = traces
        self._clock = clock

    def erase(self, contact_id: str, version: int, order: Order) -> Record:
        """The tombstone; asked again, the same. Raises NotFound, PreconditionFailed, VersionConflict."""
        record = self._find(contact_id)
        if record.get("erased_at"):
            return _remains(record)
        if record["version"] != version:
            raise PreconditionFailed()
        tombstone = _tombstone(record, millisecond(self._clock.now()))
        event = contact_event(
            "erased", tombstone, {"fingerprint": record["fingerprint"]}, order.subject, order.traceparent
        )
        self._contacts.bury(contact_id, version, tombstone, event)
        self._traces.scrub(contact_id, record["address"])
        return _remains(tombstone)

    def finish(self) -> int:
        """Scrub once more whoever was erased a while ago: a relay or a handler may have held a copy, or a
        crash come between. How many were finished."""
        settled = self._contacts.unfinished(self._clock.now() - SETTLES)
        for contact_id in settled:
            self._traces.scrub(contact_id, None)
            self._contacts.finish(contact_id)
        return len(settled)

    def export(self, contact_id: str) -> Record:
        """Everything that this service holds about the contact. Raises NotFound."""
        record = self._find(contact_id)
        if record.get("erased_at"):
            raise NotFound("contact-not-found")
        held = self._traces.holdings(contact_id, record["address"])
        return {"exported_at": millisecond(self._clock.now()), "contact": record, **held}

    def _find(self, contact_id: str) -> Record:
        record = self._contacts.find(contact_id)
        if record is None:
            raise NotFound("contact-not-found")
        return record


def _remains(tombstone: Record) -> Record:
    return {name: tombstone[name] for name in ("id", "version", "erased_at")}


def _tombstone(record: Record, now: datetime) -> Record:
    return {
        "id": record["id"],
        "version": record["version"] + 1,
        "created_at": record["created_at"],
        "updated_at": now,
        "erased_at": now,
        "erased_fingerprint": record["fingerprint"],
        "unfinished_since": now,
    }
