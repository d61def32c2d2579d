"""Programmes and projects: made, changed, started, completed, handed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.projects.application.access import require_planner, require_reader
from services.projects.application.once import Change, Order, change, create
from services.projects.application.ports import ProgrammeStore, ProjectStore, Reply
from services.projects.application.telling import project_event, to_the_millisecond
from services.projects.application.views import programme_view, project_view
from services.projects.domain.planning import (
    amended_programme,
    amended_project,
    handed_over,
    made_programme,
    made_project,
    refuse_another_coordinator,
)
from services.projects.domain.projects import PROJECT_MOVES, Coordinator, Programme, Project, moved
from services.projects.domain.shapes import from_plain
from services.projects.domain.texts import Text
from shared.clock import Clock
from shared.errors import FieldError, Invalid, NotFound, PreconditionFailed

Decision = Callable[[Project, datetime], Project]


@dataclass(frozen=True)
class Plans:
    """The use cases of programmes and projects."""

    projects: ProjectStore
    programmes: ProgrammeStore
    clock: Clock

    def make_programme(self, body: Mapping[str, Any], order: Order) -> Reply:
        programme = made_programme(order.id_for("programme"), body, self._now())
        decision = Change(programme, (), Reply(programme_view(programme), programme.version, 201))
        return create(self.programmes, programme.id, order, decision)

    def amend_programme(
        self, programme_id: str, body: Mapping[str, Any], order: Order, if_match: int | None
    ) -> Reply:
        """Raises NotFound, PreconditionFailed."""

        def decide(programme: Programme) -> Change[Programme]:
            _require_version(programme.version, if_match)
            changed = amended_programme(programme, body, self._now())
            return Change(changed, (), Reply(programme_view(changed), changed.version))

        return change(self.programmes, lambda: self.programmes.load(programme_id), order, decide)

    def make_project(self, body: Mapping[str, Any], order: Order) -> Reply:
        """Raises Forbidden, Invalid."""
        project = made_project(order.id_for("project"), body, self._now())
        refuse_another_coordinator(project.coordinator, order.caller.subject, order.caller.roles)
        event = project_event("created", project, self._programme(project), order)
        decision = Change(project, (event,), Reply(project_view(project), project.version, 201))
        return create(self.projects, project.id, order, decision)

    def amend_project(
        self, project_id: str, body: Mapping[str, Any], order: Order, if_match: int | None
    ) -> Reply:
        """Raises NotFound, Forbidden, Invalid, PreconditionFailed."""
        return self._change(
            project_id,
            order,
            if_match,
            require_planner,
            "updated",
            lambda project, now: amended_project(project, body, now),
        )

    def move(
        self, project_id: str, command: str, body: Mapping[str, Any], order: Order, if_match: int | None
    ) -> Reply:
        """start, complete or cancel. Raises NotFound, Forbidden, Conflict, PreconditionFailed."""
        reason = from_plain(Text, body["reason"]) if body.get("reason") else None
        return self._change(
            project_id,
            order,
            if_match,
            require_planner,
            PROJECT_MOVES[command].happened,
            lambda project, now: moved(project, command, now, reason),
        )

    def hand_over(
        self, project_id: str, body: Mapping[str, Any], order: Order, if_match: int | None
    ) -> Reply:
        """To another coordinator; after it the former one may only read."""
        coordinator = from_plain(Coordinator, body["coordinator"])
        return self._change(
            project_id,
            order,
            if_match,
            require_planner,
            "updated",
            lambda project, now: handed_over(project, coordinator, now),
        )

    def show_programme(self, programme_id: str) -> Reply:
        """Raises NotFound."""
        programme = self.programmes.load(programme_id).aggregate
        return Reply(programme_view(programme), programme.version)

    def show_project(self, project_id: str, order: Order) -> Reply:
        """Raises NotFound."""
        project = self.projects.load(project_id).aggregate
        require_reader(project, order.caller)
        return Reply(project_view(project), project.version)

    def _change(
        self,
        project_id: str,
        order: Order,
        if_match: int | None,
        require: Callable[..., None],
        happened: str,
        decision: Decision,
    ) -> Reply:
        def decide(project: Project) -> Change[Project]:
            require(project, order.caller)
            _require_version(project.version, if_match)
            after = decision(project, self._now())
            reply = Reply(project_view(after), after.version)
            if after is project:
                return Change(project, (), reply)
            event = project_event(happened, after, self._programme(after), order)
            return Change(after, (event,), reply)

        return change(self.projects, lambda: self.projects.load(project_id), order, decide)

    def _programme(self, project: Project) -> Programme | None:
        """Raises Invalid if the project names one that does not exist."""
        if project.programme_id is None:
            return None
        try:
            return self.programmes.load(project.programme_id).aggregate
        except NotFound:
            raise Invalid(errors=[FieldError("/programme_id", "unknown-programme")]) from None

    def _now(self) -> datetime:
        return to_the_millisecond(self.clock.now())


def _require_version(version: int, if_match: int | None) -> None:
    if if_match is not None and version != if_match:
        raise PreconditionFailed()
