"""Endpoints of partners."""

from __future__ import annotations

from services.partners.schemas.partners import AmendedPartner, NewPartner, PartnerQuery, PartnerSchema
from services.partners.service.requests import (
    ANYBODY,
    MANAGERS,
    WithUseCases,
    answer_of,
    order_of,
    page_of,
    wanted,
)
from shared.http import Answer, Request, endpoint
from shared.http.pagination import page_schema

PARTNERS = "/v1/partners"
PARTNER = "/v1/partners/<partner_id>"
NAMED = {"kind": "kinds", "mission": "missions"}  # a query's parameter → the list that holds it


class PartnerEndpoints(WithUseCases):
    """Read by anybody, kept by partner managers."""

    @endpoint("GET", PARTNERS, roles=ANYBODY, query=PartnerQuery, answer=page_schema(PartnerSchema))
    def partners(self, request: Request) -> Answer:
        """Partners by their ids."""
        asked, after, limit = wanted(request.query)
        asked = {NAMED.get(name, name): value for name, value in asked.items()}
        return page_of(self.use_cases.partners.page(asked, after, limit), limit)

    @endpoint(
        "POST",
        PARTNERS,
        roles=MANAGERS,
        body=NewPartner,
        answer=PartnerSchema,
        status=201,
        idempotent=True,
    )
    def make_partner(self, request: Request) -> Answer:
        """A new partner."""
        return answer_of(self.use_cases.partners.create(request.body, order_of(request)), PARTNERS)

    @endpoint("GET", PARTNER, roles=ANYBODY, answer=PartnerSchema)
    def partner(self, request: Request, partner_id: str) -> Answer:
        """One partner."""
        return answer_of(self.use_cases.partners.get(partner_id))

    @endpoint("PATCH", PARTNER, roles=MANAGERS, body=AmendedPartner, answer=PartnerSchema, if_match=True)
    def amend_partner(self, request: Request, partner_id: str) -> Answer:
        """Changes what the body names, and leaves the rest."""
        partners, version = self.use_cases.partners, request.if_match or 0
        return answer_of(partners.change(partner_id, version, request.body, order_of(request)))

    @endpoint("DELETE", PARTNER, roles=MANAGERS, status=204, if_match=True)
    def end_partner(self, request: Request, partner_id: str) -> Answer:
        """Ends it: from now on it gives nobody a reason to be told."""
        self.use_cases.partners.end(partner_id, request.if_match or 0)
        return Answer()
