"""Endpoints of engagements: under their partner, and in one list over all."""

from __future__ import annotations

from services.partners.schemas.engagements import (
    AmendedEngagement,
    EngagementQuery,
    EngagementSchema,
    NewEngagement,
    PartnerEngagementQuery,
)
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

ENGAGEMENTS = "/v1/partners/<partner_id>/engagements"
ENGAGEMENT = f"{ENGAGEMENTS}/<engagement_id>"


class EngagementEndpoints(WithUseCases):
    """A partner's roles in projects."""

    @endpoint(
        "GET",
        "/v1/engagements",
        roles=ANYBODY,
        query=EngagementQuery,
        answer=page_schema(EngagementSchema),
    )
    def engagements(self, request: Request) -> Answer:
        """Engagements of all partners, as those in one project."""
        asked, after, limit = wanted(request.query)
        return page_of(self.use_cases.engagements.page(asked, after, limit), limit)

    @endpoint(
        "GET",
        ENGAGEMENTS,
        roles=ANYBODY,
        query=PartnerEngagementQuery,
        answer=page_schema(EngagementSchema),
    )
    def partner_engagements(self, request: Request, partner_id: str) -> Answer:
        """A partner's engagements."""
        self.use_cases.partners.get(partner_id)
        asked, after, limit = wanted(request.query, partner_id=partner_id)
        return page_of(self.use_cases.engagements.page(asked, after, limit), limit)

    @endpoint(
        "POST",
        ENGAGEMENTS,
        roles=MANAGERS,
        body=NewEngagement,
        answer=EngagementSchema,
        status=201,
        idempotent=True,
    )
    def engage(self, request: Request, partner_id: str) -> Answer:
        """A new role of a partner in a project."""
        engagements = self.use_cases.engagements
        record = engagements.create(request.body, order_of(request), partner_id=partner_id)
        return answer_of(record, f"/v1/partners/{partner_id}/engagements")

    @endpoint("GET", ENGAGEMENT, roles=ANYBODY, answer=EngagementSchema)
    def engagement(self, request: Request, partner_id: str, engagement_id: str) -> Answer:
        """One engagement."""
        return answer_of(self.use_cases.engagements.get(engagement_id, partner_id=partner_id))

    @endpoint(
        "PATCH",
        ENGAGEMENT,
        roles=MANAGERS,
        body=AmendedEngagement,
        answer=EngagementSchema,
        if_match=True,
    )
    def amend_engagement(self, request: Request, partner_id: str, engagement_id: str) -> Answer:
        """Changes what the body names, and leaves the rest."""
        engagements, version = self.use_cases.engagements, request.if_match or 0
        order = order_of(request)
        record = engagements.change(engagement_id, version, request.body, order, partner_id=partner_id)
        return answer_of(record)

    @endpoint("DELETE", ENGAGEMENT, roles=MANAGERS, status=204, if_match=True)
    def end_engagement(self, request: Request, partner_id: str, engagement_id: str) -> Answer:
        """Ends it: from now on it is no reason to be told."""
        self.use_cases.engagements.end(engagement_id, request.if_match or 0, partner_id=partner_id)
        return Answer()
