"""The stores on a real database: what one document remembers, and lists over many."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from services.projects.application.milestones import Milestones
from services.projects.application.once import Order
from services.projects.application.ports import (
    MilestoneFilter,
    ProjectFilter,
    Reader,
    Remembered,
    Reply,
)
from services.projects.domain.projects import MOST_MILESTONES, Project
from services.projects.storage.documents import REMEMBERED
from services.projects.storage.plans import Indicators, Programmes, Projects
from shared.auth import Caller
from shared.errors import AlreadyExists, NotFound, VersionConflict
from shared.mongo import connect
from shared.testing.clock import FixedClock
from tests.unit.projects.examples import (
    HOLD,
    NOON,
    TODAY,
    WORDS,
    indicator,
    measurement,
    milestone,
    project,
)

ANYBODY = Reader("viewer-1", everything=False)


@pytest.fixture
def projects(database: Database[Any]) -> Iterator[Projects]:
    store = Projects(database["projects"])
    store.ensure_indexes()
    yield store


def remembered(name: str) -> Remembered:
    return Remembered(name, "hash", Reply({"id": name}, 1))


def test_a_project_is_loaded_as_it_was_stored(projects: Projects) -> None:
    given = project()
    projects.insert(given, (), remembered("made"))
    loaded = projects.load(given.id)
    assert loaded.aggregate == given
    assert loaded.remembered["made"].reply == Reply({"id": "made"}, 1)
    assert projects.with_milestone("training-50") == loaded


def test_an_id_is_taken_once_and_an_unknown_one_is_not_found(projects: Projects) -> None:
    projects.insert(project(), (), None)
    with pytest.raises(AlreadyExists):
        projects.insert(project(), (), None)
    for look in (projects.load, projects.with_milestone):
        with pytest.raises(NotFound):
            look("unknown")


def test_who_is_late_stores_nothing(projects: Projects) -> None:
    given = project()
    projects.insert(given, (), None)
    first = replace(given.changed(NOON), visibility="internal")
    projects.save(given, first, (), None)
    with pytest.raises(VersionConflict):
        projects.save(given, replace(given.changed(NOON), visibility="partners"), (), remembered("late"))
    assert projects.load(given.id).aggregate == first
    assert projects.load(given.id).remembered == {}


def test_a_document_remembers_the_last_answers_and_the_one_that_made_it(projects: Projects) -> None:
    """So that it stays small however many requests it serves."""
    given = project()
    projects.insert(given, (), remembered("made"))
    for number in range(REMEMBERED + 5):
        after = given.changed(NOON + timedelta(seconds=number))
        projects.save(given, after, (), remembered(str(number)))
        given = after
    known = projects.load(given.id).remembered
    assert len(known) == REMEMBERED + 1
    assert "made" in known
    assert "4" not in known
    assert "5" in known


def test_one_milestone_of_many_is_changed_in_its_place(projects: Projects) -> None:
    many = [milestone(id=f"m{number}") for number in range(5)]
    given = project(*many)
    projects.insert(given, (), None)
    after = given.changed(NOON).with_milestone(replace(many[3], status="reached", reached_on=TODAY))
    projects.save(given, after, (), None)
    assert projects.load(given.id).aggregate == after


def test_measurements_are_added_one_by_one(database: Database[Any]) -> None:
    store = Indicators(database["indicators"])
    given = indicator()
    store.insert(given, (), None)
    for value in (12.0, 31.0):
        after = replace(
            given, version=given.version + 1, measurements=(*given.measurements, measurement(value))
        )
        store.save(given, after, (), None)
        given = after
    assert store.of_project("clean-province") == {"sessions": given}


def test_lists_hide_others_internal_projects(projects: Projects) -> None:
    shown, hidden = project(id="shown"), project(milestone(id="secret"), id="hidden", visibility="internal")
    for given in (shown, hidden):
        projects.insert(given, (), None)

    def seen(reader: Reader) -> tuple[set[str], set[str]]:
        listed = projects.page(ProjectFilter(), reader, None, 10)
        milestones = projects.milestones(MilestoneFilter(), reader, None, 10)
        return {each.id for each in listed.items}, {each.id for _, each in milestones.items}

    both = ({"shown", "hidden"}, {"training-50", "secret"})
    assert seen(ANYBODY) == ({"shown"}, {"training-50"})
    assert seen(Reader("phimchai", everything=False)) == both
    assert seen(Reader("operator-1", everything=True)) == both


def test_milestones_of_one_day_are_paged_by_their_ids(projects: Projects) -> None:
    """Nothing is repeated and nothing left out, whatever the size of a page."""
    same = [milestone(id=f"m{number:02}") for number in range(7)]
    later = milestone(id="a-later", due_date=date(2027, 1, 1))
    projects.insert(project(*same, later), (), None)
    for limit in (1, 3, 8):
        found: list[str] = []
        after: str | None = None
        while True:
            page = projects.milestones(MilestoneFilter(), ANYBODY, after, limit)
            found += [each.id for _, each in page.items]
            after = page.next
            if after is None:
                break
        assert found == [*(each.id for each in same), "a-later"]


def test_everything_a_project_may_hold_fits(projects: Projects) -> None:
    """As many milestones as there may be, each with the longest texts and one to restore: one document."""
    text = replace(milestone().title, th="ก" * 2000, en="ข" * 2000)
    full = milestone(note=text, description=text, reason=text, evidence=text)
    many = [replace(full, id=f"m{number}", before=full) for number in range(MOST_MILESTONES)]
    given: Project = project(*many)
    projects.insert(given, (), None)
    assert len(projects.load(given.id).aggregate.milestones) == MOST_MILESTONES


def test_two_processes_that_report_on_one_project_lose_nothing(
    database: Database[Any], database_uri: str
) -> None:
    """Turns hold within a process only; between processes the version decides, and the loser loads again."""
    many = [milestone(id=f"m{number}") for number in range(16)]
    Projects(database["projects"]).insert(project(*many), (), None)

    def report_half(half: int) -> None:
        with connect(database_uri) as client:
            theirs = client.get_default_database()
            use_cases = Milestones(
                Projects(theirs["projects"]),
                Indicators(theirs["indicators"]),
                Programmes(theirs["programmes"]),
                FixedClock(NOON),
                WORDS,
                HOLD,
            )
            order = Order(Caller("phimchai", frozenset({"coordinator"})))
            for number in range(half, 16, 2):
                use_cases.report(f"m{number}", "reach", {}, order, None)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(report_half, range(2)))
    document = database["projects"].find_one({"_id": "clean-province"}) or {}
    assert document["version"] == project().version + 16
    assert {each["status"] for each in document["milestones"]} == {"reached"}
    assert len({event["id"] for event in document["outbox"]}) == 16
