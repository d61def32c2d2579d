"""Makes the event of each change; the outbox checks it against its contract before storing either."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.projects.application.once import Order
from services.projects.domain.identity import event_id
from services.projects.domain.indicators import Indicator, Measurement
from services.projects.domain.milestones import Milestone, Reminder
from services.projects.domain.projects import Programme, Project
from services.projects.domain.reminders import Due
from services.projects.domain.reporting import Reported
from services.projects.domain.snapshots import (
    AreaWords,
    indicator_data,
    milestone_data,
    next_data,
    project_data,
    results_data,
    text_data,
)
from shared.contracts.envelope import Event

SOURCE = "prasan/projects"


def project_event(happened: str, project: Project, programme: Programme | None, order: Order) -> Event:
    """created, updated, started, completed, cancelled."""
    data = {
        "project": project_data(project, programme),
        "reason": text_data(project.reason),
        "historic": project.historic,
    }
    return _event(f"project.{happened}", project.id, project, f"projects/{project.id}", data, order)


def milestone_event(
    done: Reported,
    programme: Programme | None,
    indicators: Mapping[str, Indicator],
    words: AreaWords,
    hold: timedelta,
    order: Order,
) -> Event:
    """updated, started, reached, rescheduled, cancelled, corrected, recalled; or planned."""
    data = {
        **_situation(done.project, done.milestone, programme, indicators, words),
        "before": milestone_data(done.before) if done.before else None,
        "reason": text_data(done.reason),
        "hold_seconds": int(hold.total_seconds()),
        "concerns": list(done.concerns),
    }
    subject = f"milestones/{done.milestone.id}"
    return _event(f"milestone.{done.happened}", done.project.id, done.project, subject, data, order)


def due_event(
    project: Project,
    milestone: Milestone,
    due: Due,
    reminder: Reminder,
    together: bool,
    programme: Programme | None,
    indicators: Mapping[str, Indicator],
    words: AreaWords,
) -> Event:
    """due_soon, overdue: nobody's doing, so there is nothing to recall and no hold."""
    data = {
        **_situation(project, milestone, programme, indicators, words),
        "before": None,
        "reason": None,
        "hold_seconds": 0,
        "concerns": [],
        "rule": due.rule.name,
        "steps": list(due.steps),
        "together": together,
    }
    return Event(
        id=reminder.event_id,
        type=f"projects.milestone.{due.rule.happened}.v1",
        source=SOURCE,
        subject=f"milestones/{milestone.id}",
        time=reminder.at,
        version=project.version,
        data=data,
    )


def indicator_event(
    happened: str,
    indicator: Indicator,
    measurement: Measurement | None,
    project: Project,
    programme: Programme | None,
    order: Order,
) -> Event:
    """defined, measured."""
    data = {"project": project_data(project, programme), **indicator_data(indicator, measurement)}
    return _event(f"indicator.{happened}", indicator.id, indicator, f"indicators/{indicator.id}", data, order)


def _situation(
    project: Project,
    milestone: Milestone,
    programme: Programme | None,
    indicators: Mapping[str, Indicator],
    words: AreaWords,
) -> dict[str, Any]:
    """What every event of a milestone says of it and of its project."""
    return {
        "project": project_data(project, programme),
        "milestone": milestone_data(milestone),
        "next": next_data(project.next_after(milestone.id)),
        "results": results_data(milestone, indicators, words),
        "historic": milestone.historic,
    }


def _event(
    happened: str,
    aggregate_id: str,
    aggregate: Project | Indicator,
    subject: str,
    data: Mapping[str, Any],
    order: Order,
) -> Event:
    return Event(
        id=event_id(aggregate_id, aggregate.version),
        type=f"projects.{happened}.v1",
        source=SOURCE,
        subject=subject,
        time=aggregate.updated_at,
        version=aggregate.version,
        data=data,
        actor=order.caller.subject,
        traceparent=order.traceparent,
    )


def to_the_millisecond(instant: datetime) -> datetime:
    """What BSON and our timestamps keep, so that an answer does not change by being stored."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
