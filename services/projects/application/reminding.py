"""Raises the events that time makes, each once, whoever else is at it and whatever restarts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
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
from services.projects.domain.reminders import MOST_ONE_BY_ONE, due_now, is_open, raised, wakes_on
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
        waking = list(self._waking(now))
        crowds = self._crowds(waking, now)
        return sum(self._remind(project_id, now, crowds) for project_id in waking if wanted())

    def _waking(self, now: datetime) -> Iterator[str]:
        after = ""
        while found := self.projects.waking(local_day(now), after, AT_ONCE):
            yield from found
            after = found[-1]

    def _crowds(self, project_ids: Iterable[str], now: datetime) -> Counter[str]:
        """How many events each coordinator is about to hear of."""
        crowds: Counter[str] = Counter()
        for project_id in project_ids:
            with _others_go_on(project_id):
                project = self.projects.load(project_id).aggregate
                crowds[project.coordinator.id] += len(due_now(project, now, self.opens))
        return crowds

    def _remind(self, project_id: str, now: datetime, crowds: Counter[str]) -> int:
        """How many events of this project were raised."""
        count = 0
        for _ in range(ATTEMPTS):
            try:
                with _others_go_on(project_id):
                    for _ in self._raised(project_id, now, crowds):
                        count += 1
            except VersionConflict:
                continue  # somebody reported meanwhile, or another replica was faster
            return count
        log.warning("reminders_wait", project_id=project_id)
        return count

    def _raised(self, project_id: str, now: datetime, crowds: Counter[str]) -> Iterator[Event]:
        """Each event once it is stored; then the project sleeps until the next day with one."""
        project = self.projects.load(project_id).aggregate
        together = crowds[project.coordinator.id] > MOST_ONE_BY_ONE
        found = due_now(project, now, self.opens)
        surroundings = self._surroundings(project) if found else None
        for milestone, due in found:
            assert surroundings is not None
            after, reminded, reminder = raised(project, milestone, due, now)
            event = due_event(after, reminded, due, reminder, together, *surroundings)
            self.projects.save(project, after, (event,), None)
            yield event
            project = after
        self.projects.sleep(project, wakes_on(project, local_day(now) + timedelta(days=1)))

    def _surroundings(self, project: Project) -> Surroundings:
        programme = self.programmes.load(project.programme_id).aggregate if project.programme_id else None
        return programme, self.indicators.of_project(project.id), self.words

    def _now(self) -> datetime:
        return to_the_millisecond(self.clock.now())


@contextmanager
def _others_go_on(project_id: str) -> Iterator[None]:
    """What nobody foresaw about one project must not stop the others."""
    try:
        yield
    except (DependencyDown, VersionConflict):
        raise
    except Exception:
        log.exception("reminders_not_raised", project_id=project_id)
