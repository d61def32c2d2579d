"""Projects: progress, what comes next, starting, completing, and changing hands."""

from __future__ import annotations

from datetime import date

import pytest

from services.projects.application.access import (
    is_own,
    reader,
    require_coordinator,
    require_planner,
    require_reader,
)
from services.projects.domain.planning import amended_project, handed_over, planned
from services.projects.domain.projects import (
    MOST_MILESTONES,
    PROJECT_MOVES,
    Progress,
    Project,
    moved,
)
from services.projects.domain.texts import Text, folded
from shared.auth import Caller
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.identity import derived_id
from tests.unit.projects.examples import NOON, PHIMCHAI, TODAY, milestone, project

BODY = {"title": {"th": "ก", "en": None}, "due_date": date(2026, 12, 1), "description": None,
        "criteria": [], "provenance": None, "historic": None}  # fmt: skip


def caller(subject: str, *roles: str) -> Caller:
    return Caller(subject, frozenset(roles))


def test_progress_leaves_cancelled_milestones_out_of_both() -> None:
    given = project(milestone(status="reached"), milestone(status="cancelled"), milestone())
    assert given.progress == Progress(2, 1)


def test_next_is_the_earliest_open_one_other_than_this() -> None:
    given = project(
        milestone(id="this", due_date=date(2026, 11, 1)),
        milestone(id="done", due_date=date(2026, 11, 2), status="reached"),
        milestone(id="old", due_date=date(2017, 11, 2), historic=True),
        milestone(id="later", due_date=date(2027, 1, 2)),
        milestone(id="next", due_date=date(2026, 12, 2), status="in_progress"),
    )
    found = given.next_after("this")
    assert found is not None
    assert found.id == "next"


def test_a_project_starts_once_and_completes_once_nothing_is_open() -> None:
    planned_one = project(milestone(status="reached"), status="planned")
    running = moved(planned_one, "start", NOON)
    assert (running.status, running.version) == ("in_progress", 3)
    done = moved(running, "complete", NOON)
    assert (done.status, done.version) == ("completed", 4)
    with pytest.raises(Conflict) as refused:
        moved(project(milestone(), milestone()), "complete", NOON)
    assert refused.value.params == {"count": 2}


def test_a_project_is_cancelled_with_its_reason_once_nothing_is_open() -> None:
    """Each open milestone is cancelled before, so that whoever waits for it is told."""
    gone = moved(project(milestone(status="cancelled")), "cancel", NOON, Text("ไม่ได้รับงบประมาณ"))
    assert (gone.status, gone.reason) == ("cancelled", Text("ไม่ได้รับงบประมาณ"))
    with pytest.raises(Conflict) as refused:
        moved(project(), "cancel", NOON)
    assert refused.value.code == "milestones-still-open"


@pytest.mark.parametrize("status", ["planned", "in_progress", "completed", "cancelled"])
@pytest.mark.parametrize("command", PROJECT_MOVES)
def test_the_table_says_what_may_happen_to_a_project(command: str, status: str) -> None:
    """And what it refuses leaves the project as it was, with a word for why."""
    given: Project = project(milestone(status="reached"), status=status)
    if status in PROJECT_MOVES[command].before:
        assert moved(given, command, NOON).status == PROJECT_MOVES[command].after
        return
    with pytest.raises(Conflict) as refused:
        moved(given, command, NOON)
    assert refused.value.code == f"project-already-{status.replace('_', '-')}"


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_an_ended_project_gets_no_open_milestone(status: str) -> None:
    with pytest.raises(Conflict):
        planned(project(milestone(status="reached"), status=status), "new", BODY, NOON, TODAY)


def test_a_new_milestone_carries_the_version_it_was_made_at() -> None:
    done = planned(project(), "new", BODY, NOON, TODAY)
    assert (done.happened, done.milestone.version, done.project.version) == ("planned", 3, 3)
    assert done.project.milestones[-1] is done.milestone
    assert done.alert is None


def test_a_milestone_is_historic_as_its_project_unless_it_says_otherwise() -> None:
    old = project(historic=True)
    assert planned(old, "new", BODY, NOON, TODAY).milestone.historic
    assert not planned(old, "new", {**BODY, "historic": False}, NOON, TODAY).milestone.historic


@pytest.mark.parametrize(
    "said",
    [
        {"status": "reached", "reached_on": date(2017, 1, 1), "historic": False},
        {"status": "reached", "reached_on": None, "historic": True},
        {"status": "planned", "reached_on": date(2017, 1, 1), "historic": True},
        {"status": "reached", "reached_on": date(2027, 1, 1), "historic": True},
    ],
    ids=["not historic", "no day", "a day too many", "in the future"],
)
def test_only_the_past_comes_with_its_result(said: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        planned(project(), "new", {**BODY, **said}, NOON, TODAY)


def test_an_id_that_is_there_already_is_a_retry_whose_answer_is_gone() -> None:
    with pytest.raises(Conflict) as refused:
        planned(project(milestone(id="new")), "new", BODY, NOON, TODAY)
    assert refused.value.code == "idempotency-key-expired"


def test_a_project_holds_only_so_many_milestones() -> None:
    full = project(*(milestone(id=str(n)) for n in range(MOST_MILESTONES)))
    with pytest.raises(Conflict):
        planned(full, "new", BODY, NOON, TODAY)


def test_amending_nothing_is_no_new_version() -> None:
    given = project()
    assert amended_project(given, {"visibility": "public"}, NOON) is given
    changed = amended_project(given, {"title": {"th": "ใหม่", "en": None}}, NOON)
    assert (changed.title, changed.version, changed.milestones) == (Text("ใหม่"), 3, given.milestones)


def test_handing_over_to_oneself_changes_nothing_unless_a_telephone_does() -> None:
    given = project()
    assert handed_over(given, PHIMCHAI, NOON) is given


@pytest.mark.parametrize(
    ("who", "reads", "plans", "reports"),
    [
        (caller("phimchai", "coordinator"), True, True, True),
        (caller("phimchai", "viewer"), True, False, False),
        (caller("somchai", "coordinator"), False, False, False),
        (caller("somchai", "operator"), True, True, False),
        (caller("somchai", "partner_manager"), True, False, False),
        (caller("somchai", "viewer"), False, False, False),
    ],
)
def test_who_may_do_what_with_an_internal_project(
    who: Caller, reads: bool, plans: bool, reports: bool
) -> None:
    """Who may not read it is told that it does not exist."""
    given = project(visibility="internal")
    for require, allowed in (
        (require_reader, reads),
        (require_planner, plans),
        (require_coordinator, reports),
    ):
        if allowed:
            require(given, who)
        else:
            with pytest.raises(Forbidden if reads else NotFound):
                require(given, who)
    assert is_own(given, who) == reports
    assert reader(who).everything == (reads and who.subject == "somchai")


def test_other_projects_are_read_by_everybody_and_written_by_their_own() -> None:
    given = project(visibility="partners")
    require_reader(given, caller("somchai", "viewer"))
    with pytest.raises(Forbidden):
        require_planner(given, caller("somchai", "coordinator"))


def test_derived_ids_tell_parts_apart() -> None:
    """The same parts give the same ULID; moving a letter from one part to the next gives another."""
    assert derived_id("a", "bc") == derived_id("a", "bc") != derived_id("ab", "c")
    assert len(derived_id("ก" * 300)) == 26


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ลํา\u200bพูน", "ลำพูน"),
        ("เเม่ทา", "แม่ทา"),
        ("  ECO   Town ", "eco town"),
        ("ﬁrst", "ﬁrst"),
        ("e\u0301", "é"),
    ],
)
def test_search_compares_what_looks_the_same(typed: str, meant: str) -> None:
    assert folded(typed) == folded(meant)
