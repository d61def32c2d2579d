"""Makes the event of each change; the outbox checks it against its contract before storing either."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.projects.application.once import Order
from services.projects.domain.identity import event_id
from services.projects.domain.indicators import Indicator, Measurement
from services.projects.domain.projects import Programme, Project
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
    """created, updated, started, completed."""
    data = {"project": project_data(project, programme), "historic": project.historic}
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
        "project": project_data(done.project, programme),
        "milestone": milestone_data(done.milestone),
        "before": milestone_data(done.before) if done.before else None,
        "next": next_data(done.project.next_after(done.milestone.id)),
        "results": results_data(done.milestone, indicators, words),
        "reason": text_data(done.reason),
        "hold_seconds": int(hold.total_seconds()),
        "historic": done.milestone.historic,
        "concerns": list(done.concerns),
    }
    subject = f"milestones/{done.milestone.id}"
    return _event(f"milestone.{done.happened}", done.project.id, done.project, subject, data, order)


def indicator_event(
    happened: str, indicator: Indicator, measurement: Measurement | None, order: Order
) -> Event:
    """defined, measured."""
    data = indicator_data(indicator, measurement)
    return _event(f"indicator.{happened}", indicator.id, indicator, f"indicators/{indicator.id}", data, order)


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
