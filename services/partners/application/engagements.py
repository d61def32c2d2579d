"""What is asked of an engagement: a partner that exists, and a person who speaks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.partners.application.orders import Order
from services.partners.application.ports import Record, Records
from shared.contracts.envelope import Event
from shared.errors import Conflict, FieldError, Invalid, NotFound

EVERYTHING: Mapping[str, Any] = {"milestones": [], "areas": [], "quantity": None}


class EngagementRules:
    """A partner's role in a project; with an empty scope, in all of it."""

    kind = "engagement"
    taken: Mapping[str, str] = {}

    def __init__(self, partners: Records, contacts: Records) -> None:
        self._partners = partners
        self._contacts = contacts

    def settle(self, before: Record, given: Mapping[str, Any], order: Order, now: datetime) -> Record:
        settled = {"pledge": None, "contact_id": None, **before, **given}
        settled["scope"] = {**EVERYTHING, **settled.get("scope", {})}
        require_partner(self._partners, settled["partner_id"])
        if settled["contact_id"] is not None:
            self._require_speaker(settled["contact_id"], settled["partner_id"])
        return settled

    def events(self, record: Record, order: Order) -> Sequence[Event]:
        return ()

    def _require_speaker(self, contact_id: str, partner_id: str) -> None:
        contact = self._contacts.find(contact_id)
        if contact is None or partner_id not in contact.get("partner_ids", ()):
            raise Invalid(errors=[FieldError("/contact_id", "not-a-contact-of-the-partner")])


def require_partner(partners: Records, partner_id: str) -> None:
    """Raises NotFound, or Conflict for a partner that has ended."""
    partner = partners.find(partner_id)
    if partner is None:
        raise NotFound("partner-not-found")
    if partner.get("ended_at"):
        raise Conflict("partner-ended")
