"""Making and changing plans: projects, milestones, indicators, and what a plan may not say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from services.projects.domain.criteria import AREAS_COVERED, Criterion
from services.projects.domain.indicators import Indicator
from services.projects.domain.milestones import IN_PROGRESS, REACHED, Milestone
from services.projects.domain.milestones import PLANNED as NOT_STARTED
from services.projects.domain.projects import (
    MOST_MILESTONES,
    PLANNED,
    Coordinator,
    Programme,
    Project,
    refuse_ended,
)
from services.projects.domain.reporting import Reported
from services.projects.domain.shapes import from_plain, to_plain
from shared.errors import Conflict, FieldError, Forbidden, Invalid

PLAN_FIELDS = frozenset({"title", "description", "criteria"})  # of a milestone; a date is rescheduled


def made_programme(identity: str, body: Mapping[str, Any], now: datetime) -> Programme:
    return from_plain(Programme, {**body, "id": identity, "version": 1, "created_at": now, "updated_at": now})


def made_project(identity: str, body: Mapping[str, Any], now: datetime) -> Project:
    """A project that has not started."""
    given = {**body, "id": identity, "version": 1, "status": PLANNED, "created_at": now, "updated_at": now}
    return from_plain(Project, given)


def amended_programme(programme: Programme, body: Mapping[str, Any], now: datetime) -> Programme:
    """The next version; the same object if nothing differs."""
    changed = from_plain(Programme, {**to_plain(programme), **body})
    if changed == programme:
        return programme
    return replace(changed, version=programme.version + 1, updated_at=now)


def amended_project(project: Project, body: Mapping[str, Any], now: datetime) -> Project:
    """The next version, milestones untouched; the same object if nothing differs."""
    plan = from_plain(Project, {**to_plain(replace(project, milestones=())), **body})
    changed = replace(plan, milestones=project.milestones)
    return project if changed == project else changed.changed(now)


def handed_over(project: Project, coordinator: Coordinator, now: datetime) -> Project:
    """Another coordinator, or the same with another office or telephone; the same object if neither."""
    if coordinator == project.coordinator:
        return project
    return replace(project.changed(now), coordinator=coordinator)


def planned(project: Project, identity: str, body: Mapping[str, Any], now: datetime, today: date) -> Reported:
    """A new milestone at the end of the project. What is `historic` may be entered as reached already.

    Raises Conflict, Invalid.
    """
    historic = project.historic if body.get("historic") is None else body["historic"]
    if any(known.id == identity for known in project.milestones):
        raise Conflict("idempotency-key-expired")
    if len(project.milestones) >= MOST_MILESTONES:
        raise Conflict("too-many-milestones", most=MOST_MILESTONES)
    newer = project.changed(now)
    milestone = from_plain(
        Milestone,
        {
            "status": NOT_STARTED,
            **body,
            "historic": historic,
            "id": identity,
            "version": newer.version,
            "created_at": now,
            "updated_at": now,
        },
    )
    _refuse_unreported(milestone, today)
    if milestone.is_open:
        refuse_ended(project)
    return Reported("plan", newer.with_milestone(milestone), milestone, None)


def checked_criteria(criteria: Iterable[Criterion], indicators: Mapping[str, Indicator]) -> None:
    """Raises Invalid naming each criterion that no indicator of the project can ever meet."""
    errors = [
        FieldError(f"/criteria/{position}/{field}", code)
        for position, criterion in enumerate(criteria)
        for field, code in _doubts(criterion, indicators)
    ]
    if errors:
        raise Invalid(errors=errors)


def refuse_another_coordinator(coordinator: Coordinator, subject: str, roles: Collection[str]) -> None:
    """A coordinator makes projects of their own; an operator may make them for others. Raises Forbidden."""
    if coordinator.id != subject and "operator" not in roles:
        raise Forbidden("not-your-project")


def _doubts(criterion: Criterion, indicators: Mapping[str, Indicator]) -> Iterable[tuple[str, str]]:
    indicator = indicators.get(criterion.indicator_id)
    if indicator is None:
        yield "indicator_id", "unknown-indicator"
    elif criterion.kind == AREAS_COVERED and not criterion.areas:
        yield "areas", "required"
    elif criterion.kind != AREAS_COVERED and criterion.value is None and indicator.target is None:
        yield "value", "required"


def _refuse_unreported(milestone: Milestone, today: date) -> None:
    """Only what is historic may come with its result: everything else is reported, and alerts. What is
    imported may have begun."""
    begun = milestone.imported and milestone.status == IN_PROGRESS
    if milestone.status != NOT_STARTED and not (milestone.historic or begun):
        raise Invalid(errors=[FieldError("/status", "only-historic")])
    if (milestone.status == REACHED) != (milestone.reached_on is not None):
        raise Invalid(errors=[FieldError("/reached_on", "goes-with-reached")])
    if milestone.reached_on and milestone.reached_on > today:
        raise Invalid(errors=[FieldError("/reached_on", "date-in-the-future", {"today": str(today)})])
