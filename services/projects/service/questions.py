"""Questions on the project's page, and the queue from which they come."""

from __future__ import annotations

from services.projects.schemas.questions import QuestionSchema
from services.projects.service.requests import PLANNERS, WithUseCases, page_of
from shared.contracts.envelope import Event
from shared.http import Answer, Request, endpoint
from shared.http.pagination import PageQuery, page_schema
from shared.messaging.consumer import consume


class QuestionEndpoints(WithUseCases):
    """Read by whoever answers for the project."""

    @endpoint(
        "GET",
        "/v1/projects/<project_id>/questions",
        roles=PLANNERS,
        query=PageQuery,
        answer=page_schema(QuestionSchema),
    )
    def project_questions(self, request: Request, project_id: str) -> Answer:
        """What contacts asked by answering alerts of this project, oldest first."""
        after, limit = request.query["after"], request.query["limit"]
        questions = self.use_cases.questions
        return page_of(questions.of_project(project_id, request.caller, after, limit))

    @consume("projects.questions")
    def on_question(self, event: Event) -> None:
        """Keeps a question once; forgets those of an erased contact."""
        self.use_cases.questions.take(event)
