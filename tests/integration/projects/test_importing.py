"""An import of projects: whole or not at all, once, in silence, and resumed after a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from services.projects.application.importing import ProjectImports
from services.projects.application.milestones import Milestones
from services.projects.application.reminding import Reminders
from services.projects.domain.snapshots import AreaWords
from services.projects.domain.texts import Text
from services.projects.schemas.imports import NewImport
from services.projects.storage.lookup import ProjectLookup
from services.projects.storage.plans import Indicators, Programmes, Projects
from shared.auth import Caller
from shared.errors import Invalid
from shared.imports.auditing import auditing
from shared.imports.running import Importer
from shared.imports.store import ImportStore
from shared.testing.clock import FixedClock

SHA = "0" * 64
OPERATOR = Caller("operator-1", frozenset({"operator"}))
WORDS = AreaWords(Text("ครอบคลุม", None), Text("ตำบล", None))


class World:
    """The use cases over an empty database."""

    def __init__(self, database: Database[dict[str, Any]], clock: FixedClock) -> None:
        self.database, self.clock = database, clock
        self.projects = Projects(database["projects"])
        self.stores = (self.projects, Indicators(database["indicators"]), Programmes(database["programmes"]))
        self.store = ImportStore(database)
        milestones = Milestones(*self.stores, clock, WORDS, timedelta(minutes=2))
        lookup = ProjectLookup(database)
        lookup.ensure_indexes()
        self.imports = ProjectImports(self.store, self.projects, self.stores[2], milestones, lookup, clock)

    def importer(self, applying: Any = None) -> Importer:
        audit = auditing(self.database, ("projects",), self.clock)
        return Importer("projects", self.store, applying or self.imports, audit, self.clock)

    def hand_in(self, projects: list[Any], milestones: list[Any], by: Caller = OPERATOR) -> dict[str, Any]:
        body = {"file": "projects.xlsx", "sha256": SHA, "projects": projects, "milestones": milestones}
        return self.imports.hand_in(NewImport().load(body), by)

    def imported(self, projects: list[Any], milestones: list[Any]) -> list[str]:
        answer = self.hand_in(projects, milestones)
        self.importer().run()
        return [each["what"] for each in self.store.results(answer["id"], 0, 1000)]

    def events(self) -> list[dict[str, Any]]:
        return [event for d in self.database.projects.find() for event in d.get("outbox", ())]

    def remind(self) -> int:
        """What the clock's ticking makes, through a whole year."""
        reminders = Reminders(*self.stores, self.clock, WORDS, time(0))
        return sum(1 for _ in self._year(reminders))

    def _year(self, reminders: Reminders) -> Iterator[int]:
        for _ in range(365):
            yield from range(reminders.sweep())
            self.clock.advance(days=1)


@pytest.fixture
def world(database: Database[dict[str, Any]], clock: FixedClock) -> World:
    return World(database, clock)


def project(code: str = "A", **given: Any) -> dict[str, Any]:
    usual = {
        "row": 3,
        "code": code,
        "title": {"th": f"โครงการ {code}"},
        "agency": {"th": "สำนักงานจังหวัดลำพูน"},
        "coordinator": {
            "id": "phimchai",
            "name": {"th": "พิมพ์ใจ ตัวอย่าง"},
            "office": {"th": "สำนักงานจังหวัดลำพูน"},
            "telephone": "0 5300 0000",
        },
        "fiscal_year": 2570,
        "missions": [5],
        "sectors": ["environment"],
        "areas": ["51"],
        "visibility": "public",
    }
    return {**usual, **given}


def milestone(code: str = "A", **given: Any) -> dict[str, Any]:
    return {"row": 3, "project": code, "title": {"th": "อบรม"}, "due_date": "2027-02-01", **given}


def test_projects_come_in_the_middle_of_their_work(world: World) -> None:
    """With their status, and milestones with theirs; what is reached or cancelled is history."""
    found = world.imported(
        [project(status="in_progress")],
        [
            milestone(),
            milestone(row=4, title={"th": "เริ่มแล้ว"}, status="in_progress"),
            milestone(row=5, title={"th": "เสร็จ"}, status="reached", reached_on="2026-10-01"),
            milestone(row=6, title={"th": "เลิก"}, status="cancelled"),
        ],
    )

    (kept,) = world.database.projects.find()
    assert found == ["created"] * 5
    assert kept["status"] == "in_progress"
    assert [(m["status"], m["historic"], m["imported"]) for m in kept["milestones"]] == [
        ("planned", False, True),
        ("in_progress", False, True),
        ("reached", True, True),
        ("cancelled", True, True),
    ]


def test_an_import_says_nothing_that_alerts_anybody(world: World) -> None:
    """Not that a project started, was completed, or what was reached."""
    world.imported(
        [project(status="in_progress"), project("B", row=4, status="completed")],
        [milestone(status="reached", reached_on="2026-10-01"), milestone("B", status="cancelled")],
    )

    assert {event["type"] for event in world.events()} == {
        "projects.project.created.v1",
        "projects.milestone.planned.v1",
    }


def test_what_was_overdue_when_it_was_imported_raises_nothing_in_a_whole_year(world: World) -> None:
    """Ten thousand old milestones are no flood."""
    world.imported([project()], [milestone(due_date="2026-01-15")])

    assert world.remind() == 0


def test_the_history_says_who_imported_how_much(world: World) -> None:
    """Beside everything else that happened, once."""
    world.imported([project()], [milestone()])
    world.importer().run()

    (event,) = world.database.events.find()
    assert event["envelope"]["actor"] == "operator-1"
    assert event["envelope"]["data"]["counts"] == {"created": 2}


def test_a_known_project_is_not_overwritten_but_gets_what_it_lacks(world: World) -> None:
    """Known by its eMENSCR code, or by title and fiscal year."""
    world.imported([project(emenscr="E-1")], [milestone()])

    found = world.imported(
        [project(emenscr="E-1", title={"th": "ชื่อใหม่"}, visibility="internal")],
        [milestone(), milestone(row=4, title={"th": "ขั้นใหม่"})],
    )

    (kept,) = world.database.projects.find()
    assert found == ["existing", "existing", "created"]
    assert kept["title"]["th"] == "โครงการ A" and kept["visibility"] == "public"
    assert len(kept["milestones"]) == 2


def test_the_same_rows_are_the_same_import(world: World) -> None:
    """Handed in as often as somebody likes."""
    first, again = (world.hand_in([project()], [milestone()]) for _ in range(2))

    world.importer().run()
    assert again["known"] and again["id"] == first["id"]
    assert world.importer().run() == 0


class Dies(BaseException):
    """Stands for kill -9."""


@pytest.mark.parametrize("dies_at", [0, 1, 40])
def test_a_crash_anywhere_loses_no_row_and_doubles_none(world: World, dies_at: int) -> None:
    """Another process goes on; the open batch's rows are known again, beyond what a project remembers."""
    rows = [milestone(row=n, title={"th": f"ขั้น {n}"}) for n in range(3, 63)]
    answer = world.hand_in([project()], rows)

    class Dying:
        count = 0

        def apply(self, *given: Any) -> Any:
            result = world.imports.apply(*given)
            Dying.count += 1
            if Dying.count > dies_at:
                raise Dies
            return result

    with pytest.raises(Dies):
        world.importer(Dying()).run()
    world.importer().run()

    assert [each["what"] for each in world.store.results(answer["id"], 0, 100)] == ["created"] * 61
    (kept,) = world.database.projects.find()
    assert len(kept["milestones"]) == 60


WRONG: dict[str, Callable[[], tuple[list[Any], list[Any]]]] = {
    "/projects": lambda: ([], []),
    "/projects/1/code": lambda: ([project(), project(row=4)], []),
    "/projects/1/emenscr": lambda: ([project(emenscr="E"), project("B", emenscr="E")], []),
    "/projects/0/programme": lambda: ([project(programme="ไม่มี")], []),
    "/milestones/0/project": lambda: ([project()], [milestone("Z")]),
    "/milestones/0/status": lambda: ([project(status="completed")], [milestone()]),
    "/milestones/0/reached_on": lambda: ([project()], [milestone(status="reached")]),
    "/milestones/1/reached_on": lambda: (
        [project()],
        [milestone(), milestone(status="reached", reached_on="2026-12-24")],
    ),
    "/milestones/100/project": lambda: ([project()], [milestone(row=n + 1) for n in range(101)]),
}


@pytest.mark.parametrize("field", WRONG)
def test_one_wrong_row_refuses_the_whole(world: World, field: str) -> None:
    """Named by its place, and nothing is stored."""
    with pytest.raises(Invalid) as refused:
        world.hand_in(*WRONG[field]())

    assert field in [error.field for error in refused.value.errors]
    assert world.database.imports.count_documents({}) == 0


def test_a_coordinator_imports_projects_of_their_own(world: World) -> None:
    """Nobody else's."""
    other = Caller("somchai", frozenset({"coordinator"}))
    with pytest.raises(Invalid):
        world.hand_in([project()], [], other)

    own = Caller("phimchai", frozenset({"coordinator"}))
    assert world.hand_in([project()], [], own)["total"] == 1


def test_days_are_kept_as_days(world: World) -> None:
    """Neither an hour nor a time zone moves them."""
    world.imported([project()], [milestone(due_date="2028-02-29")])

    kept = world.projects.load(world.database.projects.find_one()["_id"]).aggregate
    assert kept.milestones[0].due_date == date(2028, 2, 29)
