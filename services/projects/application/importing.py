"""Projects and milestones out of a spreadsheet: checked as a whole, then added row by row, and nobody is
told. What is there already is never overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from services.projects.application.access import require_planner
from services.projects.application.milestones import Milestones
from services.projects.application.once import Change, Key, Order, create
from services.projects.application.ports import ProgrammeStore, ProjectStore, Reply
from services.projects.application.telling import project_event, to_the_millisecond
from services.projects.application.views import project_view
from services.projects.domain.importing import imported_milestone, imported_project, wrong_rows
from services.projects.domain.planning import refuse_another_coordinator
from services.projects.domain.projects import Programme
from shared.auth import Caller
from shared.calendar import local_day
from shared.clock import Clock
from shared.errors import Conflict, FieldError, Invalid
from shared.imports.store import Import, ImportRow, ImportStore, Result, import_id, same_rows

PROJECTS, MILESTONES = "projects", "milestones"
MOST_ERRORS = 200
Body = Mapping[str, Any]


class Lookup(Protocol):
    """Which projects are there already."""

    def project_like(self, emenscr: str | None, title: str, fiscal_year: int) -> str | None:
        """By its eMENSCR code, else by title and fiscal year."""


class ProjectImports:
    """The use cases of `/v1/imports`, and what becomes of each row."""

    def __init__(
        self,
        store: ImportStore,
        projects: ProjectStore,
        programmes: ProgrammeStore,
        milestones: Milestones,
        lookup: Lookup,
        clock: Clock,
    ) -> None:
        self._store = store
        self._projects = projects
        self._programmes = programmes
        self._milestones = milestones
        self._lookup = lookup
        self._clock = clock

    def check(self, body: Body, caller: Caller) -> None:
        """The rules that join rows. Raises Invalid, naming each member by its place in the request."""
        today = local_day(self._clock.now())
        errors = list(wrong_rows(body[PROJECTS], body[MILESTONES], self._by_title(), today))
        for position, row in enumerate(body[PROJECTS]):
            if row["coordinator"]["id"] != caller.subject and "operator" not in caller.roles:
                errors.append(FieldError(f"/{PROJECTS}/{position}/coordinator/id", "not-your-project"))
        if errors:
            raise Invalid(errors=errors[:MOST_ERRORS])

    def hand_in(self, body: Body, caller: Caller) -> dict[str, Any]:
        """Stored as one, to be applied soon; the same rows again are the same import. Raises Invalid."""
        self.check(body, caller)
        rows = [ImportRow(sheet, row["row"], row) for sheet in (PROJECTS, MILESTONES) for row in body[sheet]]
        identity = import_id("projects", same_rows(rows))
        about = {"file": body["file"], "sha256": body["sha256"], "by": caller.subject}
        at, roles = to_the_millisecond(self._clock.now()), sorted(caller.roles)
        new = self._store.add(identity, {**about, "roles": roles, "at": at}, rows)
        return {**self._store.get(identity), "known": not new}

    def apply(self, under: Import, row: ImportRow, codes: Mapping[tuple[str, str], str]) -> Result:
        """Raises Refusal, DependencyDown."""
        key = Key(f"import/{under.id}/{row.sheet}/{row.number}", under.id)
        order = Order(Caller(under.by, under.roles), key)
        if row.sheet == PROJECTS:
            what, identity = self._project(row.body, order)
            return Result(row.sheet, row.number, what, identity, row.body["code"])
        project_id = codes.get((PROJECTS, row.body["project"]))
        if project_id is None:
            return Result(row.sheet, row.number, "refused", problem="unknown-project")
        what, identity = self._milestone(project_id, row.body, order)
        return Result(row.sheet, row.number, what, identity)

    def _project(self, row: Body, order: Order) -> tuple[str, str]:
        identity = order.id_for("project")
        known = self._lookup.project_like(row["emenscr"], row["title"]["th"], row["fiscal_year"])
        if known not in (None, identity):
            return "existing", str(known)
        programme = self._by_title().get(row["programme"])
        given = {name: value for name, value in row.items() if name not in ("row", "code", "programme")}
        given["programme_id"] = programme.id if programme else None
        project = imported_project(identity, given, to_the_millisecond(self._clock.now()))
        refuse_another_coordinator(project.coordinator, order.caller.subject, order.caller.roles)
        event = project_event("created", project, programme, order)
        decision = Change(project, (event,), Reply(project_view(project), project.version, 201))
        create(self._projects, identity, order, decision)
        return "created", identity

    def _milestone(self, project_id: str, row: Body, order: Order) -> tuple[str, str]:
        project = self._projects.load(project_id).aggregate
        require_planner(project, order.caller)
        identity = order.id_for(f"milestone of {project_id}")
        if any(known.id == identity for known in project.milestones):
            return "created", identity
        for known in project.milestones:
            if (known.title.th, known.due_date.isoformat()) == (row["title"]["th"], row["due_date"]):
                return "existing", known.id
        try:
            self._milestones.plan(project_id, imported_milestone(row), order)
        except Conflict as conflict:
            if conflict.code != "idempotency-key-expired":
                raise
        return "created", identity

    def _by_title(self) -> dict[str, Programme]:
        """Programmes by what a row may call them."""
        found = self._programmes.all()
        names = [(programme.title.th, programme) for programme in found]
        names += [(programme.title.en, programme) for programme in found if programme.title.en]
        return dict(names)
