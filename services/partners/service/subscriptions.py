"""Endpoints of subscriptions, under their partner."""

from __future__ import annotations

from services.partners.schemas.subscriptions import (
    AmendedSubscription,
    NewSubscription,
    SubscriptionQuery,
    SubscriptionSchema,
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

SUBSCRIPTIONS = "/v1/partners/<partner_id>/subscriptions"
SUBSCRIPTION = f"{SUBSCRIPTIONS}/<subscription_id>"


class SubscriptionEndpoints(WithUseCases):
    """What partners asked to hear of."""

    @endpoint(
        "GET",
        SUBSCRIPTIONS,
        roles=ANYBODY,
        query=SubscriptionQuery,
        answer=page_schema(SubscriptionSchema),
    )
    def partner_subscriptions(self, request: Request, partner_id: str) -> Answer:
        """A partner's subscriptions."""
        self.use_cases.partners.get(partner_id)
        asked, after, limit = wanted(request.query, partner_id=partner_id)
        return page_of(self.use_cases.subscriptions.page(asked, after, limit), limit)

    @endpoint(
        "POST",
        SUBSCRIPTIONS,
        roles=MANAGERS,
        body=NewSubscription,
        answer=SubscriptionSchema,
        status=201,
        idempotent=True,
    )
    def subscribe(self, request: Request, partner_id: str) -> Answer:
        """A new interest of a partner."""
        subscriptions = self.use_cases.subscriptions
        record = subscriptions.create(request.body, order_of(request), partner_id=partner_id)
        return answer_of(record, f"/v1/partners/{partner_id}/subscriptions")

    @endpoint("GET", SUBSCRIPTION, roles=ANYBODY, answer=SubscriptionSchema)
    def subscription(self, request: Request, partner_id: str, subscription_id: str) -> Answer:
        """One subscription."""
        return answer_of(self.use_cases.subscriptions.get(subscription_id, partner_id=partner_id))

    @endpoint(
        "PATCH",
        SUBSCRIPTION,
        roles=MANAGERS,
        body=AmendedSubscription,
        answer=SubscriptionSchema,
        if_match=True,
    )
    def amend_subscription(self, request: Request, partner_id: str, subscription_id: str) -> Answer:
        """Changes what the body names, and leaves the rest."""
        subscriptions, version = self.use_cases.subscriptions, request.if_match or 0
        order = order_of(request)
        record = subscriptions.change(subscription_id, version, request.body, order, partner_id=partner_id)
        return answer_of(record)

    @endpoint("DELETE", SUBSCRIPTION, roles=MANAGERS, status=204, if_match=True)
    def end_subscription(self, request: Request, partner_id: str, subscription_id: str) -> Answer:
        """Ends it: from now on it is no reason to be told."""
        self.use_cases.subscriptions.end(subscription_id, request.if_match or 0, partner_id=partner_id)
        return Answer()
