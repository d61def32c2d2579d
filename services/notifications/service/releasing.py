"""Endpoints for the time after a restore: what was held back, and letting it go."""

from __future__ import annotations

from typing import Any

from services.notifications.schemas import DeliverySchema, Released, ReleaseRequest, RestoredQuery
from shared.http import Answer, Request, endpoint
from shared.http.pagination import page, page_schema

OPERATORS = frozenset({"operator"})


class ReleasingEndpoints:
    """For operators, who know what happened between the backup and the restore."""

    use_cases: Any  # services.notifications.service.wiring.UseCases

    @endpoint(
        "GET",
        "/v1/restored-deliveries",
        roles=OPERATORS,
        query=RestoredQuery,
        answer=page_schema(DeliverySchema),
    )
    def restored_deliveries(self, request: Request) -> Answer:
        """Deliveries that a restore held back, since nobody knows whether they were sent."""
        query = request.query
        found = self.use_cases.releasing.deliveries(query["event"], query["after"], query["limit"] + 1)
        return Answer(page(found, query["limit"]))

    @endpoint(
        "POST", "/v1/restored-deliveries/release", roles=OPERATORS, body=ReleaseRequest, answer=Released
    )
    def release(self, request: Request) -> Answer:
        """Lets some of them go, of one event or of all; asked again until none is left."""
        return Answer(self.use_cases.releasing.release(request.body["event"]))
