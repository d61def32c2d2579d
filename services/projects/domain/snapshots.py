"""What an event says about a project, a milestone, an indicator: self-contained, plain JSON.

The shapes are `shared/contracts/projects.py`. No address stands in them, and no figure of an
indicator that is not public.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.projects.domain.criteria import AREAS_COVERED, State, states
from services.projects.domain.indicators import Indicator, Measurement, met
from services.projects.domain.milestones import Milestone
from services.projects.domain.projects import Coordinator, Programme, Project
from services.projects.domain.texts import Text

MOST_RESULTS = 10  # lines of "results to date" in one alert


@dataclass(frozen=True)
class AreaWords:
    """How a line about covered areas is called, and its unit; from the catalogue."""

    label: Text
    unit: Text


def text_data(text: Text | None) -> dict[str, Any] | None:
    return None if text is None else {"th": text.th, "en": text.en}


def project_data(project: Project, programme: Programme | None) -> dict[str, Any]:
    """A project as it is at its version."""
    return {
        "id": project.id,
        "version": project.version,
        "title": text_data(project.title),
        "programme": programme and {"id": programme.id, "title": text_data(programme.title)},
        "facets": {
            "programme": project.programme_id,
            "missions": list(project.missions),
            "sectors": list(project.sectors),
            "areas": list(project.areas),
        },
        "visibility": project.visibility,
        "status": project.status,
        "fiscal_year": project.fiscal_year,
        "agency": text_data(project.agency),
        "coordinator": coordinator_data(project.coordinator),
        "progress": {"milestones": project.progress.milestones, "reached": project.progress.reached},
    }


def coordinator_data(coordinator: Coordinator) -> dict[str, Any]:
    return {
        "id": coordinator.id,
        "name": text_data(coordinator.name),
        "office": text_data(coordinator.office),
        "telephone": coordinator.telephone,
    }


def milestone_data(milestone: Milestone) -> dict[str, Any]:
    """A milestone as it is at its version."""
    return {
        "id": milestone.id,
        "version": milestone.version,
        "title": text_data(milestone.title),
        "status": milestone.status,
        "due_date": milestone.due_date.isoformat(),
        "reached_on": milestone.reached_on and milestone.reached_on.isoformat(),
        "note": text_data(milestone.note),
        "historic": milestone.historic,
    }


def next_data(milestone: Milestone | None) -> dict[str, Any] | None:
    if milestone is None:
        return None
    return {
        "id": milestone.id,
        "title": text_data(milestone.title),
        "due_date": milestone.due_date.isoformat(),
    }


def indicator_data(indicator: Indicator, measurement: Measurement | None = None) -> dict[str, Any]:
    """An indicator, and the measurement that is the news, if any."""
    public = indicator.public
    shown = measurement if public else None
    return {
        "indicator_id": indicator.id,
        "project_id": indicator.project_id,
        "title": text_data(indicator.title),
        "unit": text_data(indicator.unit),
        "baseline": indicator.baseline.value if public and indicator.baseline else None,
        "target": indicator.target.value if public and indicator.target else None,
        "value": shown.figure.value if shown else None,
        "measured_on": shown.measured_on.isoformat() if shown else None,
        "areas": list(shown.areas) if shown else [],
        "historic": bool(measurement and measurement.historic),
    }


def results_data(
    milestone: Milestone, indicators: Mapping[str, Indicator], words: AreaWords
) -> list[dict[str, Any]]:
    """Results to date: of the milestone's criteria or, where it has none, of the project's indicators."""
    if milestone.criteria:
        lines = _of_criteria(states(milestone.criteria, indicators), indicators, words)
    else:
        lines = (_of_indicator(indicator) for indicator in indicators.values())
    return [line for line in lines if line][:MOST_RESULTS]


def _of_criteria(
    found: Iterable[State], indicators: Mapping[str, Indicator], words: AreaWords
) -> Iterable[dict[str, Any] | None]:
    for state in found:
        indicator = indicators.get(state.criterion.indicator_id)
        if indicator is None:
            continue
        about_areas = state.criterion.kind == AREAS_COVERED
        label, unit = (words.label, words.unit) if about_areas else (indicator.title, indicator.unit)
        line = _line(label, state.value, state.target, unit, indicator, about_areas)
        yield line and {**line, "met": state.met}


def _of_indicator(indicator: Indicator) -> dict[str, Any] | None:
    target = indicator.target.value if indicator.target else None
    return _line(indicator.title, indicator.value, target, indicator.unit, indicator)


def _line(
    label: Text,
    value: float | None,
    target: float | None,
    unit: Text,
    indicator: Indicator,
    about_areas: bool = False,
) -> dict[str, Any] | None:
    """One line; None where a figure is missing, not public, or only known to be "more than" itself."""
    exact = about_areas or (indicator.latest is not None and indicator.latest.figure.comparison == "exactly")
    if value is None or target is None or not indicator.public or not exact:
        return None
    return {
        "label": text_data(label),
        "value": value,
        "target": target,
        "unit": text_data(unit),
        "met": met(indicator.direction, value, target),
    }
