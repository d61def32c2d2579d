"""What notifications learned about an address: kept with the contact, newest word first."""

from __future__ import annotations

from services.partners.application.contacts import ContactRules
from services.partners.application.ports import Record, Records
from services.partners.application.records import millisecond
from shared.clock import Clock
from shared.contracts.envelope import Event


class Feedback:
    """Marks the contact, unless it is gone, has another address by now, or newer word is known."""

    def __init__(self, contacts: Records, rules: ContactRules, clock: Clock) -> None:
        self._contacts = contacts
        self._rules = rules
        self._clock = clock

    def suppress(self, event: Event) -> None:
        """Raises VersionConflict if the contact changed meanwhile: then ask again."""
        record = self._contacts.find(event.data["contact_id"])
        if record is None or not _is_news(record, event):
            return
        suppressed = {"why": event.data["why"], "at": millisecond(event.time), "event_id": event.id}
        changes = {"suppressed": suppressed, "updated_at": millisecond(self._clock.now())}
        after = {**record, **changes, "version": record["version"] + 1}
        told = self._rules.changed(after, event.actor, event.traceparent)
        self._contacts.update(record["id"], record["version"], changes, (told,))


def _is_news(record: Record, event: Event) -> bool:
    if record.get("erased_at") or record.get("fingerprint") != event.data["fingerprint"]:
        return False
    known = record.get("suppressed")
    return known is None or bool(known["at"] < millisecond(event.time))
