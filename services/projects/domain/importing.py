"""What an import makes: projects in the middle of their work, milestones with what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.projects.domain.milestones import CANCELLED, OPEN, REACHED
from services.projects.domain.projects import COMPLETED, IN_PROGRESS, MOST_MILESTONES, PLANNED, Project
from services.projects.domain.shapes import from_plain
from shared.errors import FieldError

PROJECT_STATUSES = (PLANNED, IN_PROGRESS, COMPLETED)
Row = Mapping[str, Any]


def imported_project(identity: str, body: Row, now: datetime) -> Project:
    """As it stands in the file: its start and its end are no news."""
    return from_plain(Project, {**body, "id": identity, "version": 1, "created_at": now, "updated_at": now})


def imported_milestone(row: Row) -> dict[str, Any]:
    """The plan of a milestone: reached and cancelled ones are history, of which nobody is told."""
    kept = ("title", "due_date", "status", "reached_on", "note")
    historic = {"historic": True} if row["status"] in (REACHED, CANCELLED) else {}
    return {**{name: row[name] for name in kept}, "criteria": [], **historic, "imported": True}


def wrong_rows(
    projects: Sequence[Row], milestones: Sequence[Row], programmes: Collection[str], today: date
) -> Iterator[FieldError]:
    """What the rows of one file say against each other, each by its place in the request."""
    if not projects and not milestones:
        yield FieldError("/projects", "required")
    yield from _repeated(projects, "projects", "code", "code")
    yield from _repeated(projects, "projects", "emenscr", "emenscr")
    for position, row in enumerate(projects):
        if row["programme"] is not None and row["programme"] not in programmes:
            yield FieldError(f"/projects/{position}/programme", "unknown-programme")
    by_code = {row["code"]: row for row in projects}
    counts = Counter(row["project"] for row in milestones)
    for position, row in enumerate(milestones):
        for member, code, params in _wrong_milestone(row, by_code, counts, today):
            yield FieldError(f"/milestones/{position}/{member}", code, params)


def _wrong_milestone(
    row: Row, projects: Mapping[str, Row], counts: Mapping[str, int], today: date
) -> Iterator[tuple[str, str, Row]]:
    """(member, code, values of the message)"""
    project = projects.get(row["project"])
    if project is None:
        yield "project", "unknown-project", {}
    elif counts[row["project"]] > MOST_MILESTONES:
        yield "project", "too-many-milestones", {"most": MOST_MILESTONES}
    elif project["status"] == COMPLETED and row["status"] in OPEN:
        yield "status", "project-completed", {}
    if (row["status"] == REACHED) != (row["reached_on"] is not None):
        yield "reached_on", "goes-with-reached", {}
    elif row["reached_on"] is not None and row["reached_on"] > today:
        yield "reached_on", "date-in-the-future", {"today": str(today)}


def _repeated(rows: Sequence[Row], sheet: str, member: str, key: str) -> Iterator[FieldError]:
    seen: dict[str, int] = {}
    for position, row in enumerate(rows):
        value = row[key]
        if value is None:
            continue
        if value in seen:
            yield FieldError(f"/{sheet}/{position}/{member}", "same-as-row", {"row": seen[value]})
        seen.setdefault(value, row["row"])
