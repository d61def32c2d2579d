"""Projects: what the province does, who answers for it, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from services.projects.domain.figures import Provenance
from services.projects.domain.milestones import CANCELLED as MILESTONE_CANCELLED
from services.projects.domain.milestones import REACHED, Milestone
from services.projects.domain.texts import Text
from shared.errors import Conflict, NotFound

PLANNED, IN_PROGRESS, COMPLETED, CANCELLED = "planned", "in_progress", "completed", "cancelled"
ENDED = frozenset({COMPLETED, CANCELLED})
MOST_MILESTONES = 100  # in one document, which holds 16 MiB: even the longest texts fit


@dataclass(frozen=True)
class ProjectMove:
    """A command in the imperative: the event's name, from which statuses to which, and whether every
    milestone has to be reached or cancelled before."""

    happened: str
    before: frozenset[str]
    after: str
    closes: bool


PROJECT_MOVES: Mapping[str, ProjectMove] = MappingProxyType(
    {
        # command               happened     from                              to           closes
        "start": ProjectMove("started", frozenset({PLANNED}), IN_PROGRESS, False),
        "complete": ProjectMove("completed", frozenset({PLANNED, IN_PROGRESS}), COMPLETED, True),
        "cancel": ProjectMove("cancelled", frozenset({PLANNED, IN_PROGRESS}), CANCELLED, True),
    }
)


@dataclass(frozen=True)
class Coordinator:
    """Who answers for the project and signs its alerts. `id` is the subject of their token."""

    id: str
    name: Text
    office: Text
    telephone: str


@dataclass(frozen=True)
class Budget:
    """Baht, and where they come from."""

    amount: float
    source: Text
    provenance: Provenance | None = None


@dataclass(frozen=True)
class Programme:
    """A group of projects under the missions: ECO TOWN, Creative Craft Innopolis, ..."""

    id: str
    version: int
    title: Text
    description: Text | None
    missions: tuple[int, ...]
    provenance: Provenance | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Progress:
    """How many milestones are reached, cancelled ones left out of both."""

    milestones: int
    reached: int


@dataclass(frozen=True)
class Project:
    """The aggregate: its milestones are inside it, and every change of either is one version."""

    id: str
    version: int
    title: Text
    description: Text | None
    agency: Text
    coordinator: Coordinator
    fiscal_year: int
    budget: Budget | None
    missions: tuple[int, ...]
    sectors: tuple[str, ...]
    areas: tuple[str, ...]
    emenscr: str | None
    visibility: str
    programme_id: str | None
    provenance: Provenance | None
    historic: bool
    status: str
    created_at: datetime
    updated_at: datetime
    reason: Text | None = None
    milestones: tuple[Milestone, ...] = ()

    @property
    def progress(self) -> Progress:
        counted = [m for m in self.milestones if m.status != MILESTONE_CANCELLED]
        return Progress(len(counted), sum(m.status == REACHED for m in counted))

    def milestone(self, milestone_id: str) -> Milestone:
        """Raises NotFound."""
        for milestone in self.milestones:
            if milestone.id == milestone_id:
                return milestone
        raise NotFound()

    def next_after(self, milestone_id: str) -> Milestone | None:
        """What comes next: the earliest open milestone other than this one."""
        others = (m for m in self.milestones if m.is_open and not m.historic and m.id != milestone_id)
        return min(others, key=lambda m: (m.due_date, m.id), default=None)

    def with_milestone(self, milestone: Milestone) -> Project:
        """The project with this milestone in the place of its older self, or added at the end."""
        if all(known.id != milestone.id for known in self.milestones):
            return replace(self, milestones=(*self.milestones, milestone))
        return replace(
            self, milestones=tuple(milestone if m.id == milestone.id else m for m in self.milestones)
        )

    def changed(self, now: datetime) -> Project:
        """The next version of it."""
        return replace(self, version=self.version + 1, updated_at=now)


def moved(project: Project, command: str, now: datetime, reason: Text | None = None) -> Project:
    """start, complete or cancel, as the table allows. Raises Conflict."""
    move = PROJECT_MOVES[command]
    if project.status not in move.before:
        raise _already(project)
    still_open = sum(m.is_open for m in project.milestones)
    if move.closes and still_open:
        raise Conflict("milestones-still-open", count=still_open)
    return replace(project.changed(now), status=move.after, reason=reason)


def refuse_ended(project: Project) -> None:
    """A completed or cancelled project has no open milestones. Raises Conflict."""
    if project.status in ENDED:
        raise _already(project)


def _already(project: Project) -> Conflict:
    return Conflict(f"project-already-{project.status.replace('_', '-')}")
