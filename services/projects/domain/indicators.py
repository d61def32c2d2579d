"""Indicators: a baseline, a target, and measurements that say how far it has come."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.projects.domain.figures import Figure, Provenance
from services.projects.domain.texts import Text
from shared.areas import covered_subdistricts
from shared.errors import Conflict

MOST_MEASUREMENTS = 1_000  # weekly for 19 years; even the longest texts fit into 16 MiB

# How a value meets a target: some figures should rise, others fall (waste, costs).
MEETS: Mapping[str, Callable[[float, float], bool]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
}


@dataclass(frozen=True)
class Measurement:
    """The state on one day: `figure` is the total so far, `areas` are those it covers."""

    id: str
    measured_on: date
    figure: Figure
    areas: tuple[str, ...]
    evidence: Text | None
    note: Text | None
    historic: bool
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class Indicator:
    """An aggregate of its own. One that is not `public` never has its figures leave the service."""

    id: str
    project_id: str
    version: int
    title: Text
    unit: Text
    baseline: Figure | None
    target: Figure | None
    direction: str
    public: bool
    note: Text | None
    provenance: Provenance | None
    created_at: datetime
    updated_at: datetime
    measurements: tuple[Measurement, ...] = ()

    @property
    def latest(self) -> Measurement | None:
        """The newest readable measurement; of one day, the one recorded last (it mends the others)."""
        readable = [m for m in reversed(self.measurements) if m.figure.value is not None]
        return max(readable, key=lambda m: (m.measured_on, m.recorded_at), default=None)

    @property
    def value(self) -> float | None:
        return self.latest.figure.value if self.latest else None

    @property
    def covered(self) -> frozenset[str]:
        """The sub-districts that the measurements cover together."""
        return covered_subdistricts(area for m in self.measurements for area in m.areas)


def met(direction: str, value: float | None, target: float | None) -> bool:
    """Whether a value meets a target; what is unknown meets nothing."""
    return value is not None and target is not None and MEETS[direction](value, target)


def measured(indicator: Indicator, measurement: Measurement) -> Indicator:
    """The next version, with one more measurement. Raises Conflict."""
    if any(known.id == measurement.id for known in indicator.measurements):
        raise Conflict("idempotency-key-expired")
    if len(indicator.measurements) >= MOST_MEASUREMENTS:
        raise Conflict("too-many-measurements", most=MOST_MEASUREMENTS)
    return replace(
        indicator, version=indicator.version + 1, measurements=(*indicator.measurements, measurement)
    )
