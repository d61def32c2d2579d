"""Bounces and complaints: what they change in the ledger, and which addresses they suppress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notifications.domain.contacts import Contact
from services.notifications.domain.states import BOUNCED, COMPLAINED
from services.notifications.intake.application.ports import (
    Became,
    Contacts,
    Deliveries,
    Delivery,
    IncomingBook,
    Suppressions,
)
from services.notifications.intake.domain.bounces import (
    FINAL,
    GONE,
    REFUSALS_TO_SUPPRESS,
    REFUSALS_WITHIN_DAYS,
    REFUSED,
    Bounce,
)
from services.notifications.intake.domain.complaints import Complaint
from services.notifications.intake.domain.reading import Reading
from shared.failpoints import failpoint

BOUNCE_OUTCOME = "bounced_{kind}"
AUTOMATIC = "automatic"
COMPLAINT = "complaint"


@dataclass(frozen=True)
class Returning:
    """`suppresses` is False where all mail goes to one address instead of the contact's."""

    book: IncomingBook
    deliveries: Deliveries
    contacts: Contacts
    suppressions: Suppressions
    fingerprint: Callable[[str], str]
    suppresses: bool

    def bounced(self, delivery: Delivery, reading: Reading, now: datetime) -> Became:
        """Raises VersionConflict while the delivery is at work."""
        bounce = reading.bounce
        if bounce is None:
            return Became(AUTOMATIC, reading.automatic or "to-the-bounce-address", about=delivery.about())
        if bounce.kind in FINAL:
            self.deliveries.returned(delivery, BOUNCED, bounce.status, now)
            failpoint("delivery.returned")
            self._suppress_bounced(delivery, bounce, now)
        return Became(BOUNCE_OUTCOME.format(kind=bounce.kind), bounce.status, about=delivery.about())

    def complained(self, delivery: Delivery, complaint: Complaint, now: datetime) -> Became:
        """Raises VersionConflict while the delivery is at work."""
        if not complaint.unwanted:
            return Became(AUTOMATIC, complaint.kind, about=delivery.about())
        self.deliveries.returned(delivery, COMPLAINED, complaint.kind, now)
        self._suppress(self.contacts.get(delivery.contact_id), COMPLAINT, now)
        return Became(COMPLAINED, complaint.kind, about=delivery.about())

    def _suppress_bounced(self, delivery: Delivery, bounce: Bounce, now: datetime) -> None:
        contact = self.contacts.get(delivery.contact_id)
        if (bounce.kind == GONE and self._is_the_address(contact, bounce)) or (
            bounce.kind in (GONE, REFUSED) and self._refused_before(delivery, now) + 1 >= REFUSALS_TO_SUPPRESS
        ):
            self._suppress(contact, bounce.status, now)

    def _refused_before(self, delivery: Delivery, now: datetime) -> int:
        outcomes = [BOUNCE_OUTCOME.format(kind=kind) for kind in (GONE, REFUSED)]
        since = now - timedelta(days=REFUSALS_WITHIN_DAYS)
        return self.book.count(delivery.contact_id, outcomes, since)

    def _is_the_address(self, contact: Contact | None, bounce: Bounce) -> bool:
        """A dead mailbox behind a forwarding one says less about the address that we write to."""
        same = contact is not None and self.fingerprint(bounce.recipient) == contact.fingerprint
        return not bounce.recipient or same

    def _suppress(self, contact: Contact | None, why: str, now: datetime) -> None:
        if self.suppresses and contact is not None and contact.fingerprint:
            self.suppressions.add(contact.fingerprint, why, now, by="intake", contact=contact)
            failpoint("address.suppressed")
