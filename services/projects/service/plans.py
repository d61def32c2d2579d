"""Endpoints of missions, programmes and projects."""

from __future__ import annotations

from services.projects.application.ports import ProjectFilter
from services.projects.schemas.outcomes import EventSchema
from services.projects.schemas.plans import (
    AmendedProgramme,
    AmendedProject,
    CancelProject,
    HandOver,
    MissionSchema,
    NewProgramme,
    NewProject,
    ProgrammeSchema,
    ProjectQuery,
    ProjectSchema,
)
from services.projects.service.requests import (
    ANYBODY,
    OPERATORS,
    PLANNERS,
    WithUseCases,
    answer_of,
    everything,
    order_of,
    page_of,
)
from shared.http import Answer, Request, endpoint
from shared.http.pagination import PageQuery, page_schema

PROJECT = "/v1/projects/<project_id>"


class PlanEndpoints(WithUseCases):
    """Read by anybody; programmes are the operators', projects their coordinators'."""

    @endpoint("GET", "/v1/missions", roles=ANYBODY, answer=page_schema(MissionSchema))
    def missions(self, request: Request) -> Answer:
        """The province's six missions."""
        return everything(list(self.use_cases.missions))

    @endpoint("GET", "/v1/programmes", roles=ANYBODY, answer=page_schema(ProgrammeSchema))
    def programmes(self, request: Request) -> Answer:
        """Every programme."""
        return everything(self.use_cases.looking.all_programmes())

    @endpoint(
        "POST",
        "/v1/programmes",
        roles=OPERATORS,
        body=NewProgramme,
        answer=ProgrammeSchema,
        status=201,
        idempotent=True,
    )
    def make_programme(self, request: Request) -> Answer:
        """A new programme."""
        reply = self.use_cases.plans.make_programme(request.body, order_of(request))
        return answer_of(reply, "/v1/programmes/{id}")

    @endpoint("GET", "/v1/programmes/<programme_id>", roles=ANYBODY, answer=ProgrammeSchema)
    def programme(self, request: Request, programme_id: str) -> Answer:
        """One programme."""
        return answer_of(self.use_cases.plans.show_programme(programme_id))

    @endpoint(
        "PATCH",
        "/v1/programmes/<programme_id>",
        roles=OPERATORS,
        body=AmendedProgramme,
        answer=ProgrammeSchema,
        if_match=True,
    )
    def amend_programme(self, request: Request, programme_id: str) -> Answer:
        """Changes what the body names, and leaves the rest."""
        plans = self.use_cases.plans
        return answer_of(
            plans.amend_programme(programme_id, request.body, order_of(request), request.if_match)
        )

    @endpoint("GET", "/v1/projects", roles=ANYBODY, query=ProjectQuery, answer=page_schema(ProjectSchema))
    def projects(self, request: Request) -> Answer:
        """Projects that the caller may see, by their ids."""
        wanted = dict(request.query)
        after, limit = wanted.pop("after"), wanted.pop("limit")
        looking = self.use_cases.looking
        return page_of(looking.projects_like(ProjectFilter(**wanted), request.caller, after, limit))

    @endpoint(
        "POST",
        "/v1/projects",
        roles=PLANNERS,
        body=NewProject,
        answer=ProjectSchema,
        status=201,
        idempotent=True,
    )
    def make_project(self, request: Request) -> Answer:
        """A new project, not started. A coordinator makes their own, an operator anybody's."""
        reply = self.use_cases.plans.make_project(request.body, order_of(request))
        return answer_of(reply, "/v1/projects/{id}")

    @endpoint("GET", PROJECT, roles=ANYBODY, answer=ProjectSchema)
    def project(self, request: Request, project_id: str) -> Answer:
        """One project, with how many of its milestones are reached."""
        return answer_of(self.use_cases.plans.show_project(project_id, order_of(request)))

    @endpoint("PATCH", PROJECT, roles=PLANNERS, body=AmendedProject, answer=ProjectSchema, if_match=True)
    def amend_project(self, request: Request, project_id: str) -> Answer:
        """Changes what the body names, and leaves the rest."""
        plans = self.use_cases.plans
        return answer_of(plans.amend_project(project_id, request.body, order_of(request), request.if_match))

    @endpoint(
        "POST", f"{PROJECT}/start", roles=PLANNERS, answer=ProjectSchema, if_match=True, idempotent=True
    )
    def start_project(self, request: Request, project_id: str) -> Answer:
        """Work on it has begun."""
        return self._moved(request, project_id, "start")

    @endpoint(
        "POST",
        f"{PROJECT}/complete",
        roles=PLANNERS,
        answer=ProjectSchema,
        if_match=True,
        idempotent=True,
    )
    def complete_project(self, request: Request, project_id: str) -> Answer:
        """Every milestone is reached or cancelled, and the project done."""
        return self._moved(request, project_id, "complete")

    @endpoint(
        "POST",
        f"{PROJECT}/cancel",
        roles=PLANNERS,
        body=CancelProject,
        answer=ProjectSchema,
        if_match=True,
        idempotent=True,
    )
    def cancel_project(self, request: Request, project_id: str) -> Answer:
        """It will not go on, and why; its open milestones are cancelled or reported before."""
        return self._moved(request, project_id, "cancel")

    @endpoint(
        "POST",
        f"{PROJECT}/hand-over",
        roles=PLANNERS,
        body=HandOver,
        answer=ProjectSchema,
        if_match=True,
        idempotent=True,
    )
    def hand_over_project(self, request: Request, project_id: str) -> Answer:
        """Another coordinator answers for it from now on; or the same, with another office or telephone."""
        plans = self.use_cases.plans
        return answer_of(plans.hand_over(project_id, request.body, order_of(request), request.if_match))

    @endpoint("GET", f"{PROJECT}/history", roles=ANYBODY, query=PageQuery, answer=page_schema(EventSchema))
    def project_history(self, request: Request, project_id: str) -> Answer:
        """Everything that happened to it, oldest first, whether published yet or not."""
        query = request.query
        looking = self.use_cases.looking
        return page_of(looking.history(project_id, request.caller, query["after"], query["limit"]))

    def _moved(self, request: Request, project_id: str, command: str) -> Answer:
        plans = self.use_cases.plans
        return answer_of(plans.move(project_id, command, request.body, order_of(request), request.if_match))
