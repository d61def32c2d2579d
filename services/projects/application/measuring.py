"""Indicators: defined and measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from services.projects.application.access import require_planner, require_reader
from services.projects.application.once import Change, Order, change, create
from services.projects.application.ports import IndicatorStore, ProgrammeStore, ProjectStore, Reply
from services.projects.application.telling import indicator_event, to_the_millisecond
from services.projects.application.views import indicator_view, measurement_view
from services.projects.domain.indicators import Indicator, Measurement, measured
from services.projects.domain.projects import Programme, Project
from services.projects.domain.shapes import from_plain
from shared.calendar import local_day
from shared.clock import Clock
from shared.errors import FieldError, Invalid

_FIGURE = ("value", "comparison", "as_written", "provenance")


@dataclass(frozen=True)
class Measuring:
    """The use cases of indicators."""

    projects: ProjectStore
    indicators: IndicatorStore
    programmes: ProgrammeStore
    clock: Clock

    def define(self, project_id: str, body: Mapping[str, Any], order: Order) -> Reply:
        """Raises NotFound, Forbidden."""
        project = self._project(project_id, order, require_planner)
        now = self._now()
        identity = order.id_for(f"indicator of {project_id}")
        given = {**body, "id": identity, "project_id": project_id, "version": 1}
        indicator = from_plain(Indicator, {**given, "created_at": now, "updated_at": now})
        event = indicator_event("defined", indicator, None, project, self._programme(project), order)
        decision = Change(indicator, (event,), Reply(indicator_view(indicator), indicator.version, 201))
        return create(self.indicators, identity, order, decision)

    def measure(self, indicator_id: str, body: Mapping[str, Any], order: Order) -> Reply:
        """Raises NotFound, Forbidden, Conflict, Invalid."""
        now = self._now()

        def decide(indicator: Indicator) -> Change[Indicator]:
            project = self._project(indicator.project_id, order, require_planner)
            _refuse_future(body["measured_on"], local_day(now))
            identity = order.id_for(f"measurement of {indicator_id}")
            measurement = _measurement(identity, body, project, order, now)
            after = replace(measured(indicator, measurement), updated_at=now)
            event = indicator_event("measured", after, measurement, project, self._programme(project), order)
            view = measurement_view(indicator_id, measurement)
            return Change(after, (event,), Reply(view, after.version, 201))

        return change(self.indicators, lambda: self.indicators.load(indicator_id), order, decide)

    def show(self, indicator_id: str, order: Order) -> Reply:
        """Raises NotFound."""
        indicator = self._readable(indicator_id, order)
        return Reply(indicator_view(indicator), indicator.version)

    def of_project(self, project_id: str, order: Order) -> list[dict[str, Any]]:
        """Raises NotFound."""
        self._project(project_id, order, require_reader)
        return [indicator_view(indicator) for indicator in self.indicators.of_project(project_id).values()]

    def measurements(self, indicator_id: str, order: Order) -> list[dict[str, Any]]:
        """The newest last. Raises NotFound."""
        indicator = self._readable(indicator_id, order)
        ordered = sorted(indicator.measurements, key=lambda m: (m.measured_on, m.recorded_at))
        return [measurement_view(indicator_id, measurement) for measurement in ordered]

    def _readable(self, indicator_id: str, order: Order) -> Indicator:
        indicator = self.indicators.load(indicator_id).aggregate
        self._project(indicator.project_id, order, require_reader)
        return indicator

    def _project(self, project_id: str, order: Order, require: Any) -> Project:
        project = self.projects.load(project_id).aggregate
        require(project, order.caller)
        return project

    def _programme(self, project: Project) -> Programme | None:
        return self.programmes.load(project.programme_id).aggregate if project.programme_id else None

    def _now(self) -> datetime:
        return to_the_millisecond(self.clock.now())


def _measurement(
    identity: str, body: Mapping[str, Any], project: Project, order: Order, now: datetime
) -> Measurement:
    historic = project.historic if body.get("historic") is None else body["historic"]
    return from_plain(
        Measurement,
        {
            **body,
            "id": identity,
            "figure": {name: body[name] for name in _FIGURE if name in body},
            "historic": historic,
            "recorded_at": now,
            "recorded_by": order.caller.subject,
        },
    )


def _refuse_future(day: date, today: date) -> None:
    if day > today:
        raise Invalid(errors=[FieldError("/measured_on", "date-in-the-future", {"today": str(today)})])
