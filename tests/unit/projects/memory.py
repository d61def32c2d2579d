"""Stores in memory behind the same ports as MongoDB's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import Generic

from services.projects.application.ports import Aggregate, Loaded, Remembered
from services.projects.domain.indicators import Indicator
from services.projects.domain.projects import Programme, Project
from services.projects.domain.reminders import wakes_on
from shared.calendar import local_day
from shared.contracts.envelope import Event
from shared.contracts.registry import check
from shared.errors import AlreadyExists, NotFound, VersionConflict


class MemoryStore(Generic[Aggregate]):
    """Keeps aggregates by id. `meanwhile` runs before each save: somebody else's chance to be faster."""

    def __init__(self, *aggregates: Aggregate) -> None:
        self.kept = {aggregate.id: aggregate for aggregate in aggregates}
        self.answers: dict[str, dict[str, Remembered]] = {name: {} for name in self.kept}
        self.events: list[Event] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def load(self, aggregate_id: str) -> Loaded[Aggregate]:
        if aggregate_id not in self.kept:
            raise NotFound()
        return Loaded(self.kept[aggregate_id], dict(self.answers[aggregate_id]))

    def turn(self, aggregate: Aggregate) -> AbstractContextManager[bool]:
        return nullcontext(False)

    def insert(self, aggregate: Aggregate, events: Sequence[Event], remembered: Remembered | None) -> None:
        name = aggregate.id
        if name in self.kept:
            raise AlreadyExists(name)
        self._keep(name, aggregate, events, remembered)

    def save(
        self, before: Aggregate, after: Aggregate, events: Sequence[Event], remembered: Remembered | None
    ) -> None:
        self.meanwhile()
        name = before.id
        if self.kept[name].version != before.version:
            raise VersionConflict(name)
        self._keep(name, after, events, remembered)

    def _keep(
        self, name: str, aggregate: Aggregate, events: Sequence[Event], remembered: Remembered | None
    ) -> None:
        self.events += [check(event) for event in events]
        self.kept[name] = aggregate
        self.answers.setdefault(name, {})
        if remembered:
            self.answers[name][remembered.key] = remembered


class MemoryProjects(MemoryStore[Project]):
    """`wakes` has the day of each project, as the index of the real one."""

    def __init__(self, *projects: Project) -> None:
        super().__init__(*projects)
        self.wakes = {project.id: date.min for project in projects}

    def _keep(
        self, name: str, aggregate: Project, events: Sequence[Event], remembered: Remembered | None
    ) -> None:
        super()._keep(name, aggregate, events, remembered)
        self.wakes[name] = wakes_on(aggregate, local_day(aggregate.updated_at))

    def waking(self, today: date, after: str, limit: int) -> Sequence[str]:
        return sorted(name for name, day in self.wakes.items() if day <= today and name > after)[:limit]

    def sleep(self, project: Project, until: date) -> None:
        if self.kept[project.id].version == project.version:
            self.wakes[project.id] = until

    def with_milestone(self, milestone_id: str) -> Loaded[Project]:
        for name, project in self.kept.items():
            if any(milestone.id == milestone_id for milestone in project.milestones):
                return self.load(name)
        raise NotFound()


class MemoryIndicators(MemoryStore[Indicator]):
    def of_project(self, project_id: str) -> Mapping[str, Indicator]:
        return {name: i for name, i in self.kept.items() if i.project_id == project_id}


class MemoryProgrammes(MemoryStore[Programme]):
    def all(self) -> Sequence[Programme]:
        return list(self.kept.values())
