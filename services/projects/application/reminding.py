"""Raises the events that time makes, each once, whoever else is at it and whatever restarts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import structlog

from services.projects.application.ports import (
    IndicatorStore,
    ProgrammeStore,
    ProjectStore,
)
from services.projects.application.telling import due_event, to_the_millisecond
from services.projects.domain.indicators import Indicator
from services.projects.domain.projects import Programme, Project
from services.projects.domain.reminders import is_open, next_due, raised, wakes_on
from services.projects.domain.snapshots import AreaWords
from shared.calendar import local_day
from shared.clock import Clock
from shared.contracts.envelope import Event
from shared.errors import DependencyDown, VersionConflict

AT_ONCE = 100  # projects read in one go
ATTEMPTS = 5  # against others who change the same project; the next sweep tries again

Surroundings = tuple[Programme | None, Mapping[str, Indicator], AreaWords]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Reminders:
    """`opens` is the hour in Bangkok at which the events of a working day are raised."""

    projects: ProjectStore
    indicators: IndicatorStore
    programmes: ProgrammeStore
    clock: Clock
    words: AreaWords
    opens: time

    def sweep(self, wanted: Callable[[], bool] = lambda: True) -> int:
        """Raise what is due, as long as it is `wanted`; how many events. Costs by the projects that wake.

        Raises DependencyDown; whatever was stored by then is raised.
        """
        now = self._now()
        if not is_open(now, self.opens):
            return 0
        return sum(self._remind(project_id, now) for project_id in self._waking(now) if wanted())

    def _waking(self, now: datetime) -> Iterator[str]:
        after = ""
        while found := self.projects.waking(local_day(now), after, AT_ONCE):
            yield from found
            after = found[-1]

    def _remind(self, project_id: str, now: datetime) -> int:
        """How many events of this project were raised; one that nobody foresaw must not stop the others."""
        count = 0
        for _ in range(ATTEMPTS):
            try:
                for _ in self._raised(project_id, now):
                    count += 1
            except VersionConflict:
                continue  # somebody reported meanwhile, or another replica was faster
            except DependencyDown:
                raise
            except Exception:
                log.exception("reminders_not_raised", project_id=project_id)
            return count
        log.warning("reminders_wait", project_id=project_id)
        return count

    def _raised(self, project_id: str, now: datetime) -> Iterator[Event]:
        """Each event once it is stored; then the project sleeps until the next day with one."""
        project = self.projects.load(project_id).aggregate
        surroundings = None
        while found := next_due(project, now, self.opens):
            surroundings = surroundings or self._surroundings(project)
            after, milestone, reminder = raised(project, *found, now)
            event = due_event(after, milestone, found[1], reminder, *surroundings)
            self.projects.save(project, after, (event,), None)
            yield event
            project = after
        self.projects.sleep(project, wakes_on(project, local_day(now) + timedelta(days=1)))

    def _surroundings(self, project: Project) -> Surroundings:
        programme = self.programmes.load(project.programme_id).aggregate if project.programme_id else None
        return programme, self.indicators.of_project(project.id), self.words

    def _now(self) -> datetime:
        return to_the_millisecond(self.clock.now())
