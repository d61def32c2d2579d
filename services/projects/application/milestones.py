"""Planning milestones and reporting on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.projects.application.access import require_coordinator, require_planner, require_reader
from services.projects.application.once import Change, Order, change
from services.projects.application.ports import IndicatorStore, ProgrammeStore, ProjectStore, Reply
from services.projects.application.telling import milestone_event, to_the_millisecond
from services.projects.application.views import milestone_view, reported_view
from services.projects.domain.criteria import states
from services.projects.domain.identity import event_id
from services.projects.domain.indicators import Indicator
from services.projects.domain.milestones import MOVES, Milestone
from services.projects.domain.planning import PLAN_FIELDS, checked_criteria, planned
from services.projects.domain.projects import Programme, Project
from services.projects.domain.reporting import Report, Reported, reported
from services.projects.domain.shapes import from_plain, to_plain
from services.projects.domain.snapshots import AreaWords
from shared.calendar import local_day
from shared.clock import Clock
from shared.errors import PreconditionFailed


@dataclass(frozen=True)
class Milestones:
    """The use cases; `hold` is how long sending waits for a recall."""

    projects: ProjectStore
    indicators: IndicatorStore
    programmes: ProgrammeStore
    clock: Clock
    words: AreaWords
    hold: timedelta

    def plan(self, project_id: str, body: Mapping[str, Any], order: Order) -> Reply:
        """A new milestone of a project. Raises NotFound, Forbidden, Conflict, Invalid."""
        now = self._now()

        def decide(project: Project) -> Change[Project]:
            require_planner(project, order.caller)
            indicators = self.indicators.of_project(project_id)
            identity = order.id_for(f"milestone of {project_id}")
            done = planned(project, identity, body, now, local_day(now))
            checked_criteria(done.milestone.criteria, indicators)
            return self._told(done, indicators, order, status=201)

        return change(self.projects, lambda: self.projects.load(project_id), order, decide)

    def amend(self, milestone_id: str, body: Mapping[str, Any], order: Order, if_match: int | None) -> Reply:
        """New plan fields: title, description, criteria. Raises the same, and PreconditionFailed."""

        def decide(project: Project) -> Change[Project]:
            require_planner(project, order.caller)
            milestone = _as_seen(project, milestone_id, if_match)
            indicators = self.indicators.of_project(project.id)
            changed = from_plain(Milestone, {**to_plain(milestone), **body})
            checked_criteria(changed.criteria, indicators)
            plan = {name: getattr(changed, name) for name in PLAN_FIELDS & body.keys()}
            report = self._report("amend", {}, order, plan=plan)
            done = reported(project, milestone_id, "amend", report)
            if done is None:
                view = milestone_view(project.id, milestone)
                return Change(project, (), Reply(view, milestone.version))
            return self._told(done, indicators, order)

        return change(self.projects, lambda: self.projects.with_milestone(milestone_id), order, decide)

    def report(
        self,
        milestone_id: str,
        command: str,
        body: Mapping[str, Any],
        order: Order,
        if_match: int | None,
    ) -> Reply:
        """start, reach, reschedule, cancel, correct or recall.

        Another milestone of the same project that changes meanwhile does no harm; this one having
        changed is PreconditionFailed. Raises NotFound, Forbidden, Conflict, Invalid as well.
        """

        def decide(project: Project) -> Change[Project]:
            require_coordinator(project, order.caller)
            milestone = _as_seen(project, milestone_id, if_match)
            indicators = self.indicators.of_project(project.id)
            found = states(milestone.criteria, indicators) if command == "reach" else ()
            done = reported(project, milestone_id, command, self._report(command, body, order, states=found))
            assert done is not None  # only `amend` may change nothing
            return self._told(done, indicators, order)

        return change(self.projects, lambda: self.projects.with_milestone(milestone_id), order, decide)

    def show(self, milestone_id: str, order: Order) -> Reply:
        """Raises NotFound."""
        project = self.projects.with_milestone(milestone_id).aggregate
        require_reader(project, order.caller)
        milestone = project.milestone(milestone_id)
        return Reply(milestone_view(project.id, milestone), milestone.version)

    def _told(
        self, done: Reported, indicators: Mapping[str, Indicator], order: Order, status: int = 200
    ) -> Change[Project]:
        hold = self.hold if MOVES[done.command].alerts else timedelta()
        event = milestone_event(done, self._programme(done.project), indicators, self.words, hold, order)
        view = reported_view(done, event_id(done.project.id, done.project.version))
        return Change(done.project, (event,), Reply(view, done.milestone.version, status))

    def _report(self, command: str, body: Mapping[str, Any], order: Order, **known: Any) -> Report:
        now = self._now()
        about = {"by": order.caller.subject, "now": now, "today": local_day(now), "hold": self.hold}
        return from_plain(Report, {**body, **about, **known})

    def _programme(self, project: Project) -> Programme | None:
        return self.programmes.load(project.programme_id).aggregate if project.programme_id else None

    def _now(self) -> datetime:
        return to_the_millisecond(self.clock.now())


def _as_seen(project: Project, milestone_id: str, if_match: int | None) -> Milestone:
    """The milestone, if it is still the version that the caller saw. Raises PreconditionFailed."""
    milestone = project.milestone(milestone_id)
    if if_match is not None and milestone.version != if_match:
        raise PreconditionFailed()
    return milestone
