"""What the sender knows about contacts: the newest version that arrived, and of an erased one nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol

from services.notifications.domain.contacts import Contact
from services.notifications.domain.quiet_hours import QuietHours
from shared.clock import from_timestamp
from shared.contracts.envelope import Event
from shared.errors import Unreadable
from shared.preferences import Preferences, preferences_of

ERASED = "partners.contact.erased.v1"
_ADDED_LATER: dict[str, Any] = {
    "by_hand": None,
    "muted_projects": (),
    "preferences": Preferences(),
    "imported_at": None,
    "source": "",
    "noticed": False,
}
_TEXTS = ("address", "name", "salutation", "position", "by_hand", "source")


class Projection(Protocol):
    """The contacts, the ledger's traces of them, and the deliveries that wait for them."""

    def keep(self, contact: Contact, fingerprint: str) -> bool:
        """False: a newer version is known. Raises ConflictingDuplicate."""

    def wake(self, contact_id: str) -> bool:
        """Deliveries that wait for this contact are to be looked at now; False: there are none."""

    def scrub(self, contact_id: str, fingerprint: str | None) -> None:
        """Remove mails, slot values and what servers said. Raises DependencyDown while a lane sends to it."""

    def suppress(self, fingerprint: str, contact_id: str, why: str) -> None: ...


class Contacts:
    """The handler of `notifications.contacts`. `unseal` opens the person inside an event."""

    def __init__(
        self,
        projection: Projection,
        unseal: Callable[[str], dict[str, Any]],
        wake: Callable[[], None],
    ) -> None:
        self._projection = projection
        self._unseal = unseal
        self._wake = wake

    def apply(self, event: Event) -> None:
        """Raises Unreadable, ConflictingDuplicate, DependencyDown."""
        if event.type == ERASED:
            self._erase(event)
        else:
            self._change(event)

    def _change(self, event: Event) -> None:
        contact = _contact(event.data, self._unseal(event.data["sealed"]))
        newest = self._projection.keep(contact, _fingerprint(contact))
        if newest and self._projection.wake(contact.id):
            self._wake()

    def _erase(self, event: Event) -> None:
        data = event.data
        gone = Contact(data["contact_id"], data["contact_version"], erased=True)
        self._projection.keep(gone, "erased")
        if data.get("fingerprint"):
            self._projection.suppress(data["fingerprint"], gone.id, "erased")
        self._projection.scrub(gone.id, data.get("fingerprint"))


def _contact(data: Any, person: dict[str, Any]) -> Contact:
    if any(not isinstance(person.get(name) or "", str) for name in _TEXTS):
        raise Unreadable("wrong-person", data["contact_id"])
    quiet, organisation = data.get("quiet_hours"), person.get("organisation")
    return Contact(
        id=data["contact_id"],
        version=data["contact_version"],
        address=(person.get("address") or "").strip() or None,
        fingerprint=data.get("fingerprint"),
        name=person.get("name") or "",
        salutation=person.get("salutation") or "",
        position=person.get("position"),
        organisation=organisation if isinstance(organisation, dict) else None,
        language=data["language"],
        quiet_hours=QuietHours(quiet["start"], quiet["end"]) if quiet else None,
        preferences=preferences_of(data.get("preferences")),
        imported_at=from_timestamp(data["imported_at"]) if data.get("imported_at") else None,
        source=person.get("source") or "",
        lawful_basis=data.get("lawful_basis"),
        unsubscribed=data["unsubscribed"],
        muted_projects=tuple(data.get("muted_projects", ())),
        by_hand=person.get("by_hand"),
    )


def _fingerprint(contact: Contact) -> str:
    """Of what is inside the seal, since the same person sealed twice looks different each time."""
    known = asdict(contact)
    for added_later, nothing in _ADDED_LATER.items():
        if getattr(contact, added_later) == nothing:
            known.pop(added_later, None)  # as it was before there was such a member
    content = json.dumps(known, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
