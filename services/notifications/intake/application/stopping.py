"""One click stops all mails (RFC 8058): the same wish as by mail, from the address of a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.notifications.intake.application.answering import UNSUBSCRIBED
from services.notifications.intake.application.ports import Contacts, Deliveries, Wish, Wishes
from services.notifications.mail.tokens import SignedAddresses
from shared.clock import Clock


@dataclass(frozen=True)
class Stopping:
    """`new_source` names one click, so that a later one after «resume» stops again."""

    deliveries: Deliveries
    contacts: Contacts
    wishes: Wishes
    signed: SignedAddresses
    clock: Clock
    new_source: Callable[[], str]

    def stop(self, last_part: str) -> bool:
        """False for an address that we never signed, or whose delivery is gone. Raises DependencyDown."""
        token = self.signed.read_page(last_part)
        delivery = self.deliveries.find(token) if token else None
        if delivery is None:
            return False
        contact = self.contacts.get(delivery.contact_id)
        if contact is not None and not contact.erased:
            wish = Wish(contact, self.new_source(), UNSUBSCRIBED, "one_click", {"project_id": None})
            self.wishes.record(wish, self.clock.now())
        return True
