"""Lists, histories and outcomes: what can be asked without changing anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.projects.application.access import reader, require_reader
from services.projects.application.ports import (
    EventFilter,
    Events,
    MilestoneFilter,
    Outcomes,
    Page,
    ProgrammeStore,
    ProjectFilter,
    ProjectStore,
)
from services.projects.application.views import milestone_view, programme_view, project_view
from services.projects.domain.milestones import Alert, Milestone
from services.projects.domain.outcomes import Outcome, outcome
from services.projects.domain.projects import Project
from services.projects.domain.shapes import to_plain
from shared.auth import Caller
from shared.contracts.envelope import Event

Wording = Callable[[Outcome], Mapping[str, str]]


@dataclass(frozen=True)
class Looking:
    """The questions. `wording` says an outcome in a sentence of each language."""

    projects: ProjectStore
    programmes: ProgrammeStore
    events: Events
    outcomes: Outcomes
    wording: Wording

    def all_programmes(self) -> list[dict[str, Any]]:
        return [programme_view(programme) for programme in self.programmes.all()]

    def projects_like(
        self, wanted: ProjectFilter, caller: Caller, after: str | None, limit: int
    ) -> Page[dict[str, Any]]:
        found = self.projects.page(wanted, reader(caller), after, limit)
        return Page([project_view(project) for project in found.items], found.next)

    def milestones_like(
        self, wanted: MilestoneFilter, caller: Caller, after: str | None, limit: int
    ) -> Page[dict[str, Any]]:
        found = self.projects.milestones(wanted, reader(caller), after, limit)
        return Page([milestone_view(*each) for each in found.items], found.next)

    def history(self, project_id: str, caller: Caller, after: str | None, limit: int) -> Page[dict[str, Any]]:
        """Everything that happened to a project, oldest first. Raises NotFound."""
        self._readable(self.projects.load(project_id).aggregate, caller)
        events = self.events.of_project(project_id)
        ids = [event.id for event in events]
        start = ids.index(after) + 1 if after in ids else 0
        part = events[start : start + limit]
        more = start + limit < len(events)
        return Page([_event_view(event) for event in part], part[-1].id if more else None)

    def outcome(self, milestone_id: str, caller: Caller) -> dict[str, Any]:
        """What became of each alert of a milestone, also of those that time made, the newest last.

        Raises NotFound.
        """
        project = self._readable(self.projects.with_milestone(milestone_id).aggregate, caller)
        alerts = _all_alerts(project.milestone(milestone_id))
        words = self.outcomes.of_events([alert.event_id for alert in alerts])
        return {
            "milestone_id": milestone_id,
            "alerts": [
                self._alert(alert, outcome(words[alert.event_id].audience, words[alert.event_id].dispatches))
                for alert in alerts
            ],
        }

    def event_page(self, wanted: EventFilter, after: str | None, limit: int) -> Page[dict[str, Any]]:
        found = self.events.page(wanted, after, limit + 1)
        part = found[:limit]
        return Page([_event_view(event) for event in part], part[-1].id if len(found) > limit else None)

    def _alert(self, alert: Alert, found: Outcome) -> dict[str, Any]:
        return {**to_plain(alert), **_outcome_view(found), "sentence": self.wording(found)}

    def _readable(self, project: Project, caller: Caller) -> Project:
        require_reader(project, caller)
        return project


def _all_alerts(milestone: Milestone) -> list[Alert]:
    by_time = (Alert(r.event_id, r.happened, r.at, hold_until=r.at) for r in milestone.reminders)
    return sorted((*milestone.alerts, *by_time), key=lambda alert: alert.at)


def _outcome_view(found: Outcome) -> dict[str, Any]:
    view: dict[str, Any] = to_plain(found)
    return {**view, "left_out": dict(found.left_out)}


def _event_view(event: Event) -> dict[str, Any]:
    return event.to_dict()


def applied(outcomes: Outcomes, event: Event) -> bool:
    """Take what partners and notifications say of an alert; False if it was known."""
    taken: Mapping[str, Callable[[Event], bool]] = {
        "partners.audience.resolved.v1": outcomes.audience,
        "notifications.dispatch.changed.v1": outcomes.dispatch,
    }
    return taken[event.type](event)
