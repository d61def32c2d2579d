"""What is shown of a project, a milestone, an indicator, a programme: plain values for an answer."""

from __future__ import annotations

from typing import Any

from services.projects.domain.indicators import Indicator, Measurement
from services.projects.domain.milestones import Milestone
from services.projects.domain.projects import Programme, Project
from services.projects.domain.reporting import Reported
from services.projects.domain.shapes import to_plain


def programme_view(programme: Programme) -> dict[str, Any]:
    view: dict[str, Any] = to_plain(programme)
    return view


def project_view(project: Project) -> dict[str, Any]:
    """Without its milestones, which have a list of their own, but with how many are reached."""
    view: dict[str, Any] = to_plain(project)
    del view["milestones"]
    return {**view, "progress": to_plain(project.progress)}


def milestone_view(project_id: str, milestone: Milestone) -> dict[str, Any]:
    """Without what only a recall or the next reminder needs."""
    view: dict[str, Any] = to_plain(milestone)
    del view["before"], view["reminders"]
    return {**view, "project_id": project_id}


def reported_view(done: Reported, event_id: str) -> dict[str, Any]:
    """A milestone just reported on: with the event and, where partners are told, the end of the hold."""
    return {
        **milestone_view(done.project.id, done.milestone),
        "event_id": event_id,
        "hold_until": done.alert.hold_until if done.alert else None,
    }


def measurement_view(indicator_id: str, measurement: Measurement) -> dict[str, Any]:
    view: dict[str, Any] = to_plain(measurement)
    figure = view.pop("figure")
    return {**view, **figure, "malformed": measurement.figure.malformed, "indicator_id": indicator_id}


def indicator_view(indicator: Indicator) -> dict[str, Any]:
    """With its newest measurement; all of them have a list of their own."""
    view: dict[str, Any] = to_plain(indicator)
    del view["measurements"]
    latest = indicator.latest
    return {
        **view,
        "value": indicator.value,
        "latest": measurement_view(indicator.id, latest) if latest else None,
        "areas_covered": len(indicator.covered),
        "measurements": len(indicator.measurements),
    }
