"""What the use cases need from outside: stores of aggregates, the events, and the outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

from services.projects.domain.indicators import Indicator
from services.projects.domain.milestones import Milestone
from services.projects.domain.outcomes import Audience, Count
from services.projects.domain.projects import Programme, Project
from shared.contracts.envelope import Event


class Versioned(Protocol):
    """What every aggregate has."""

    @property
    def id(self) -> str:
        """Its ULID."""

    @property
    def version(self) -> int:
        """One more at each change."""


Aggregate = TypeVar("Aggregate", bound=Versioned)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Reply:
    """What a caller is answered: plain JSON, the version behind it, and the HTTP status."""

    body: Mapping[str, Any]
    version: int
    status: int = 200


@dataclass(frozen=True)
class Remembered:
    """A request that was carried out, with its first answer, kept in the document it changed."""

    key: str
    request_hash: str
    reply: Reply


@dataclass(frozen=True)
class Loaded(Generic[Aggregate]):
    """An aggregate, and the answers it remembers by key."""

    aggregate: Aggregate
    remembered: Mapping[str, Remembered]


class Store(Protocol[Aggregate]):
    """Aggregates of one kind. State, events and remembered answer are stored in one atomic write."""

    def load(self, aggregate_id: str) -> Loaded[Aggregate]:
        """Raises NotFound."""

    def turn(self, aggregate: Aggregate) -> AbstractContextManager[bool]:
        """Saves work where many change the same: True if somebody was at it, so that it has to be loaded
        again. Versions are what keeps changes right."""

    def insert(self, aggregate: Aggregate, events: Sequence[Event], remembered: Remembered | None) -> None:
        """Raises AlreadyExists."""

    def save(
        self,
        before: Aggregate,
        after: Aggregate,
        events: Sequence[Event],
        remembered: Remembered | None,
    ) -> None:
        """Raises VersionConflict if somebody else stored meanwhile."""


@dataclass(frozen=True)
class Reader:
    """Whose eyes a list is for: `everything`, or all but others' internal projects."""

    subject: str
    everything: bool


@dataclass(frozen=True)
class ProjectFilter:
    """Which projects a list is about; None means any."""

    programme: str | None = None
    mission: int | None = None
    area: str | None = None
    status: str | None = None
    fiscal_year: int | None = None
    visibility: str | None = None
    coordinator: str | None = None
    q: str | None = None


@dataclass(frozen=True)
class MilestoneFilter:
    """Which milestones a list is about; `due_before` is exclusive."""

    project: str | None = None
    status: str | None = None
    due_before: date | None = None


@dataclass(frozen=True)
class Page(Generic[Item]):
    """A part of a list, and the cursor behind its last item if more follow."""

    items: Sequence[Item]
    next: str | None


class ProjectStore(Store[Project], Protocol):
    def with_milestone(self, milestone_id: str) -> Loaded[Project]:
        """The project that the milestone is in. Raises NotFound."""

    def page(self, wanted: ProjectFilter, reader: Reader, after: str | None, limit: int) -> Page[Project]:
        """In the order of their ids."""

    def milestones(
        self, wanted: MilestoneFilter, reader: Reader, after: str | None, limit: int
    ) -> Page[tuple[str, Milestone]]:
        """(project id, milestone) in the order of their due dates."""

    def waking(self, today: date, after: str, limit: int) -> Sequence[str]:
        """Ids behind `after`, in order, of projects that may have an event made by time on this day."""

    def sleep(self, project: Project, until: date) -> None:
        """It has none before this day; nothing happens if it has changed since it was loaded."""


class IndicatorStore(Store[Indicator], Protocol):
    def of_project(self, project_id: str) -> Mapping[str, Indicator]:
        """By id, in the order in which they were defined."""


class ProgrammeStore(Store[Programme], Protocol):
    def all(self) -> Sequence[Programme]:
        """In the order in which they were made."""


@dataclass(frozen=True)
class EventFilter:
    """Which events a list is about; no type means all of them."""

    types: Sequence[str] = ()
    older_than: datetime | None = None
    younger_than: datetime | None = None


class Events(Protocol):
    """What was said: published events and those that still wait for the broker."""

    def get(self, event_id: str) -> Event | None:
        """The event of this id."""

    def of_project(self, project_id: str) -> list[Event]:
        """Oldest first."""

    def page(self, wanted: EventFilter, after: str | None, limit: int) -> list[Event]:
        """Published events in the order of their ids."""

    def republish(self, event_id: str) -> None:
        """Raises NotFound, DependencyDown."""


@dataclass(frozen=True)
class Word:
    """What was heard of one alert: its audience, once resolved, and the counts of each dispatch."""

    audience: Audience | None
    dispatches: Sequence[Sequence[Count]]


class Outcomes(Protocol):
    """The newest word on each alert."""

    def audience(self, event: Event) -> bool:
        """Keep an audience.resolved event; False if it was known."""

    def dispatch(self, event: Event) -> bool:
        """Keep a dispatch.changed event, unless a newer one is known."""

    def of_events(self, event_ids: Sequence[str]) -> Mapping[str, Word]:
        """By event id."""
