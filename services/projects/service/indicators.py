"""Endpoints of indicators and their measurements."""

from __future__ import annotations

from services.projects.schemas.indicators import (
    IndicatorSchema,
    MeasurementSchema,
    NewIndicator,
    NewMeasurement,
)
from services.projects.service.requests import (
    ANYBODY,
    PLANNERS,
    WithUseCases,
    answer_of,
    everything,
    order_of,
)
from shared.http import Answer, Request, endpoint
from shared.http.pagination import page_schema


class IndicatorEndpoints(WithUseCases):
    """Defined and measured by the project's coordinator."""

    @endpoint(
        "GET",
        "/v1/projects/<project_id>/indicators",
        roles=ANYBODY,
        answer=page_schema(IndicatorSchema),
    )
    def project_indicators(self, request: Request, project_id: str) -> Answer:
        """A project's indicators, each with its newest measurement."""
        return everything(self.use_cases.measuring.of_project(project_id, order_of(request)))

    @endpoint(
        "POST",
        "/v1/projects/<project_id>/indicators",
        roles=PLANNERS,
        body=NewIndicator,
        answer=IndicatorSchema,
        status=201,
        idempotent=True,
    )
    def define_indicator(self, request: Request, project_id: str) -> Answer:
        """A new indicator of a project."""
        reply = self.use_cases.measuring.define(project_id, request.body, order_of(request))
        return answer_of(reply, "/v1/indicators/{id}")

    @endpoint("GET", "/v1/indicators/<indicator_id>", roles=ANYBODY, answer=IndicatorSchema)
    def indicator(self, request: Request, indicator_id: str) -> Answer:
        """One indicator, with its newest measurement."""
        return answer_of(self.use_cases.measuring.show(indicator_id, order_of(request)))

    @endpoint(
        "GET",
        "/v1/indicators/<indicator_id>/measurements",
        roles=ANYBODY,
        answer=page_schema(MeasurementSchema),
    )
    def measurements(self, request: Request, indicator_id: str) -> Answer:
        """All of its measurements, the newest last."""
        return everything(self.use_cases.measuring.measurements(indicator_id, order_of(request)))

    @endpoint(
        "POST",
        "/v1/indicators/<indicator_id>/measurements",
        roles=PLANNERS,
        body=NewMeasurement,
        answer=MeasurementSchema,
        status=201,
        idempotent=True,
    )
    def measure(self, request: Request, indicator_id: str) -> Answer:
        """The total so far, on one day; a second one of a day mends the first."""
        return answer_of(self.use_cases.measuring.measure(indicator_id, request.body, order_of(request)))
