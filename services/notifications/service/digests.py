"""Endpoints of digests."""

from __future__ import annotations

from typing import Any

from services.notifications.schemas import DigestSchema, EditionSchema
from shared.http import Answer, Request, endpoint
from shared.http.pagination import PageQuery, page, page_schema

READERS = frozenset({"coordinator", "partner_manager", "operator"})


class DigestEndpoints:
    """For whoever is asked what somebody is going to be told."""

    use_cases: Any  # services.notifications.service.wiring.UseCases

    @endpoint("GET", "/v1/contacts/<contact_id>/digest", roles=READERS, answer=DigestSchema)
    def next_digest(self, request: Request, contact_id: str) -> Answer:
        """What waits for the contact's next digest, when it is due, and how its mail would look now."""
        return Answer(self.use_cases.digests.next_digest(contact_id))

    @endpoint("GET", "/v1/digests", roles=READERS, query=PageQuery, answer=page_schema(EditionSchema))
    def latest_digests(self, request: Request) -> Answer:
        """The digests that went out, the latest first: how many at each hour, and what became of them."""
        after, limit = request.query["after"], request.query["limit"]
        return Answer(page(self.use_cases.editions.latest(after, limit + 1), limit))
