"""The events themselves: what the service said, and what it hears of its alerts."""

from __future__ import annotations

from services.projects.application.looking import applied
from services.projects.application.ports import EventFilter
from services.projects.schemas.outcomes import EventQuery, EventSchema, Republished
from services.projects.service.requests import OPERATORS, WithUseCases, page_of
from shared.contracts.envelope import Event
from shared.http import Answer, Request, endpoint
from shared.http.pagination import page_schema
from shared.messaging.consumer import consume


class EventEndpoints(WithUseCases):
    """For the reconciler, and for outcomes on their way back."""

    @endpoint("GET", "/v1/events", roles=OPERATORS, query=EventQuery, answer=page_schema(EventSchema))
    def events(self, request: Request) -> Answer:
        """Published events by their ids, for whoever compares what came of them."""
        wanted = dict(request.query)
        after, limit = wanted.pop("after"), wanted.pop("limit")
        return page_of(self.use_cases.looking.event_page(EventFilter(**wanted), after, limit))

    @endpoint(
        "POST",
        "/v1/events/<event_id>/republish",
        roles=OPERATORS,
        answer=Republished,
        status=202,
        idempotent=True,
    )
    def republish_event(self, request: Request, event_id: str) -> Answer:
        """Says an event again, under its own id: who knows it already does nothing."""
        self.use_cases.events.republish(event_id)
        return Answer({"event_id": event_id})

    @consume("projects.outcomes")
    def on_outcome(self, event: Event) -> None:
        """Keeps the audience of an alert and the newest counts of each dispatch; says nothing itself."""
        applied(self.use_cases.outcomes, event)
