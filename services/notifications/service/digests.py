"""Endpoints of digests."""

from __future__ import annotations

from typing import Any

from services.notifications.schemas import DigestSchema
from shared.http import Answer, Request, endpoint

READERS = frozenset({"coordinator", "partner_manager", "operator"})


class DigestEndpoints:
    """For whoever is asked what somebody is going to be told."""

    use_cases: Any  # services.notifications.service.wiring.UseCases

    @endpoint("GET", "/v1/contacts/<contact_id>/digest", roles=READERS, answer=DigestSchema)
    def next_digest(self, request: Request, contact_id: str) -> Answer:
        """What waits for the contact's next digest, when it is due, and how its mail would look now."""
        return Answer(self.use_cases.digests.next_digest(contact_id))
