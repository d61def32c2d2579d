"""Endpoints of audiences, and the handlers of what projects and notifications say."""

from __future__ import annotations

import structlog
from nameko.timer import timer

from services.partners.schemas.audiences import (
    AudienceSchema,
    PreviewRequest,
    PreviewSchema,
    Republished,
)
from services.partners.service.requests import ANYBODY, OPERATORS, PREVIEWERS, WithUseCases
from shared.contracts.envelope import Event
from shared.http import Answer, Request, endpoint
from shared.http.pagination import PageQuery
from shared.messaging.consumer import consume
from shared.mongo import DEPENDENCY_DOWN

ERASURES_EVERY = 60  # seconds

log = structlog.get_logger(__name__)


class AudienceEndpoints(WithUseCases):
    """Who would be told, and who was."""

    @endpoint(
        "POST",
        "/v1/audience/preview",
        roles=PREVIEWERS,
        body=PreviewRequest,
        query=PageQuery,
        answer=PreviewSchema,
    )
    def preview_audience(self, request: Request) -> Answer:
        """Who would be told of an event not yet made, why and when; who not, and why. Stores nothing."""
        after, limit = request.query["after"], request.query["limit"]
        return Answer(self.use_cases.previewer.preview(request.body, after, limit))

    @endpoint("GET", "/v1/audiences/<event_id>", roles=ANYBODY, query=PageQuery, answer=AudienceSchema)
    def audience(self, request: Request, event_id: str) -> Answer:
        """Who was told of a past event, and who was left out."""
        after, limit = request.query["after"], request.query["limit"]
        return Answer(self.use_cases.looking_back.audience(event_id, after, limit))

    @endpoint(
        "POST",
        "/v1/events/<event_id>/republish",
        roles=OPERATORS,
        answer=Republished,
        status=202,
        idempotent=True,
    )
    def republish_event(self, request: Request, event_id: str) -> Answer:
        """Says again what was said of an audience (by the id of its event), or one event of ours."""
        return Answer({"event_ids": self.use_cases.looking_back.republish(event_id)})

    @consume("partners.audiences")
    def on_project_event(self, event: Event) -> None:
        """Keeps the newest state of the project, and records the event's audience."""
        self.use_cases.recorder.handle(event)

    @consume("partners.feedback")
    def on_feedback(self, event: Event) -> None:
        """Marks the contact whose address takes no mail, or who wants news otherwise, or no more."""
        self.use_cases.feedback.take(event)

    @timer(ERASURES_EVERY)
    def finish_erasures(self) -> None:
        """Scrubs once more what may have come back while somebody was being erased."""
        try:
            self.use_cases.forgetting.finish()
        except DEPENDENCY_DOWN as error:
            log.warning("erasures_wait", cause=type(error).__name__)
