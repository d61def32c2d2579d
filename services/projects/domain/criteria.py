"""What a milestone needs before it counts as reached, and what is still missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.projects.domain.indicators import Indicator, met
from shared.areas import covered_subdistricts

INDICATOR_AT_LEAST, AREAS_COVERED = "indicator_at_least", "areas_covered"
KINDS = (INDICATOR_AT_LEAST, AREAS_COVERED)


@dataclass(frozen=True)
class Criterion:
    """Either a value the indicator must meet (its own target if none is named), or areas to cover.

    «At least» is read in the indicator's own direction: for waste it means "at most".
    """

    kind: str
    indicator_id: str
    value: float | None = None
    areas: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unmet:
    """A criterion that is not met: how much there is, how much it takes, which areas are missing."""

    kind: str
    indicator_id: str
    value: float | None
    target: float | None
    areas: tuple[str, ...] = ()


@dataclass(frozen=True)
class State:
    """How a criterion stands: `value` of `target`; `areas` are the sub-districts still missing."""

    criterion: Criterion
    value: float | None
    target: float | None
    areas: tuple[str, ...]
    met: bool

    def as_unmet(self) -> Unmet:
        return Unmet(self.criterion.kind, self.criterion.indicator_id, self.value, self.target, self.areas)


def states(criteria: Iterable[Criterion], indicators: Mapping[str, Indicator]) -> tuple[State, ...]:
    """How each criterion stands; one whose indicator is gone is not met."""
    return tuple(_STATE[criterion.kind](criterion, indicators) for criterion in criteria)


def _value_state(criterion: Criterion, indicators: Mapping[str, Indicator]) -> State:
    indicator = indicators.get(criterion.indicator_id)
    if indicator is None:
        return State(criterion, None, criterion.value, (), False)
    target = criterion.value
    if target is None and indicator.target is not None:
        target = indicator.target.value
    return State(criterion, indicator.value, target, (), met(indicator.direction, indicator.value, target))


def _areas_state(criterion: Criterion, indicators: Mapping[str, Indicator]) -> State:
    indicator = indicators.get(criterion.indicator_id)
    wanted = covered_subdistricts(criterion.areas)
    covered = wanted & (indicator.covered if indicator else frozenset())
    return State(criterion, len(covered), len(wanted), tuple(sorted(wanted - covered)), covered == wanted)


_STATE = {INDICATOR_AT_LEAST: _value_state, AREAS_COVERED: _areas_state}
