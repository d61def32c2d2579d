"""What notifications learned of a contact: of its address from mail servers, of its wishes from itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.partners.application.contacts import ContactRules
from services.partners.application.ports import Record, Records
from services.partners.application.records import millisecond
from shared.clock import Clock
from shared.contracts.envelope import Event
from shared.preferences import choosing

SUPPRESSED = "notifications.address.suppressed.v1"
UNSUBSCRIBED = "notifications.contact.unsubscribed.v1"
PREFERENCES = "notifications.preferences.changed.v1"


class Feedback:
    """Marks the contact, unless it is gone, has another address by now, or newer word is known."""

    def __init__(self, contacts: Records, rules: ContactRules, clock: Clock) -> None:
        self._contacts = contacts
        self._rules = rules
        self._clock = clock

    def take(self, event: Event) -> None:
        """Raises VersionConflict if the contact changed meanwhile: then ask again."""
        if event.type == SUPPRESSED:
            self.suppress(event)
        else:
            self.wish(event)

    def suppress(self, event: Event) -> None:
        """A mail server said that nothing is to be sent there. Raises VersionConflict."""
        record = self._contacts.find(event.data["contact_id"])
        if record is None or not _is_news(record, event):
            return
        suppressed = {"why": event.data["why"], "at": millisecond(event.time), "event_id": event.id}
        self._store(record, {"suppressed": suppressed}, event)

    def wish(self, event: Event) -> None:
        """The contact said what it wants. Wishes are counted: an older one changes nothing any more.

        Raises VersionConflict.
        """
        record = self._contacts.find(event.data["contact_id"])
        if record is None or record.get("erased_at") or record.get("wish", 0) >= event.data["wish"]:
            return
        wished = _stopped if event.type == UNSUBSCRIBED else _preferred
        changes = wished(record, event.data, millisecond(event.time))
        self._store(record, {**changes, "wish": event.data["wish"]}, event)

    def _store(self, record: Record, changes: Mapping[str, Any], event: Event) -> None:
        changes = {**changes, "updated_at": millisecond(self._clock.now())}
        after = {**record, **changes, "version": record["version"] + 1}
        told = self._rules.changed(after, event.actor, event.traceparent)
        self._contacts.update(record["id"], record["version"], changes, (told,))


def _is_news(record: Record, event: Event) -> bool:
    if record.get("erased_at") or record.get("fingerprint") != event.data["fingerprint"]:
        return False
    known = record.get("suppressed")
    return known is None or bool(known["at"] < millisecond(event.time))


def _stopped(record: Record, data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """No more news: of one project, or of anything."""
    project = data.get("project_id")
    if project is None:
        return {"unsubscribed_at": record["unsubscribed_at"] or at}
    return {"muted_projects": sorted({*record.get("muted_projects", ()), project})}


def _preferred(record: Record, data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """News again after a stop, or in another rhythm; each other preference stays."""
    mode = data.get("mode")
    changes: dict[str, Any] = {}
    if data["resumed"]:
        changes |= {"unsubscribed_at": None, "muted_projects": []}
    if mode is not None:
        changes["preferences"] = choosing(record["preferences"], mode)
    return changes
