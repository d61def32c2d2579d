"""Endpoints of milestones."""

from __future__ import annotations

from typing import Any

from services.projects.application.ports import MilestoneFilter
from services.projects.schemas.milestones import (
    AmendedMilestone,
    Cancel,
    Correct,
    MilestoneQuery,
    MilestoneSchema,
    NewMilestone,
    ProjectMilestoneQuery,
    Reach,
    Recall,
    Reschedule,
)
from services.projects.schemas.outcomes import OutcomeSchema
from services.projects.service.requests import (
    ANYBODY,
    PLANNERS,
    REPORTERS,
    WithUseCases,
    answer_of,
    order_of,
    page_of,
)
from shared.http import Answer, Request, endpoint
from shared.http.pagination import page_schema

MILESTONE = "/v1/milestones/<milestone_id>"


def command(name: str, body: Any = None) -> Any:
    """The endpoint of one command of the milestones' table."""
    return endpoint(
        "POST",
        f"{MILESTONE}/{name}",
        roles=REPORTERS,
        body=body,
        answer=MilestoneSchema,
        if_match=True,
        idempotent=True,
    )


class MilestoneEndpoints(WithUseCases):
    """Planned and reported by the project's coordinator; each has an ETag of its own."""

    @endpoint(
        "GET",
        "/v1/milestones",
        roles=ANYBODY,
        query=MilestoneQuery,
        answer=page_schema(MilestoneSchema),
    )
    def milestones(self, request: Request) -> Answer:
        """Milestones of all projects that the caller may see, by their due dates."""
        return self._listed(request)

    @endpoint(
        "GET",
        "/v1/projects/<project_id>/milestones",
        roles=ANYBODY,
        query=ProjectMilestoneQuery,
        answer=page_schema(MilestoneSchema),
    )
    def project_milestones(self, request: Request, project_id: str) -> Answer:
        """A project's milestones, by their due dates."""
        self.use_cases.plans.show_project(project_id, order_of(request))
        return self._listed(request, project=project_id)

    @endpoint(
        "POST",
        "/v1/projects/<project_id>/milestones",
        roles=PLANNERS,
        body=NewMilestone,
        answer=MilestoneSchema,
        status=201,
        idempotent=True,
    )
    def plan_milestone(self, request: Request, project_id: str) -> Answer:
        """A new milestone of a project."""
        reply = self.use_cases.milestones.plan(project_id, request.body, order_of(request))
        return answer_of(reply, "/v1/milestones/{id}")

    @endpoint("GET", MILESTONE, roles=ANYBODY, answer=MilestoneSchema)
    def milestone(self, request: Request, milestone_id: str) -> Answer:
        """One milestone."""
        return answer_of(self.use_cases.milestones.show(milestone_id, order_of(request)))

    @endpoint(
        "PATCH",
        MILESTONE,
        roles=PLANNERS,
        body=AmendedMilestone,
        answer=MilestoneSchema,
        if_match=True,
    )
    def amend_milestone(self, request: Request, milestone_id: str) -> Answer:
        """Title, description, criteria. A date is rescheduled, since partners are told of it."""
        milestones = self.use_cases.milestones
        return answer_of(milestones.amend(milestone_id, request.body, order_of(request), request.if_match))

    @command("start")
    def start_milestone(self, request: Request, milestone_id: str) -> Answer:
        """Work on it has begun; nobody is told."""
        return self._reported(request, milestone_id, "start")

    @command("reach", Reach)
    def reach_milestone(self, request: Request, milestone_id: str) -> Answer:
        """It is reached; with unmet criteria only if that is confirmed."""
        return self._reported(request, milestone_id, "reach")

    @command("reschedule", Reschedule)
    def reschedule_milestone(self, request: Request, milestone_id: str) -> Answer:
        """Another due date, later or earlier, and why."""
        return self._reported(request, milestone_id, "reschedule")

    @command("cancel", Cancel)
    def cancel_milestone(self, request: Request, milestone_id: str) -> Answer:
        """It will not come, and why."""
        return self._reported(request, milestone_id, "cancel")

    @command("correct", Correct)
    def correct_milestone(self, request: Request, milestone_id: str) -> Answer:
        """What was reported was wrong; whoever was told is told."""
        return self._reported(request, milestone_id, "correct")

    @command("recall", Recall)
    def recall_milestone(self, request: Request, milestone_id: str) -> Answer:
        """Takes the last alert back, as long as the hold lasts."""
        return self._reported(request, milestone_id, "recall")

    @endpoint("GET", f"{MILESTONE}/outcome", roles=ANYBODY, answer=OutcomeSchema)
    def milestone_outcome(self, request: Request, milestone_id: str) -> Answer:
        """What became of each of its alerts: every relevant contact stands in one count."""
        return Answer(self.use_cases.looking.outcome(milestone_id, request.caller))

    def _reported(self, request: Request, milestone_id: str, name: str) -> Answer:
        milestones = self.use_cases.milestones
        return answer_of(
            milestones.report(milestone_id, name, request.body, order_of(request), request.if_match)
        )

    def _listed(self, request: Request, **known: Any) -> Answer:
        wanted = {**request.query, **known}
        after, limit = wanted.pop("after"), wanted.pop("limit")
        looking = self.use_cases.looking
        return page_of(looking.milestones_like(MilestoneFilter(**wanted), request.caller, after, limit))
