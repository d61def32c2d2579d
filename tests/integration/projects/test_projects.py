"""Missions, programmes and projects over REST: made, found, changed, hidden from whom they are not for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.projects.api import (
    WHY,
    Api,
    Projects,
    Stored,
    eventually,
    milestone_body,
    new_key,
    ok,
    project_body,
    refused,
    wrong_fields,
)
from tests.integration.projects.conftest import Signed


def programme_body(**changes: Any) -> dict[str, Any]:
    return {
        "title": {"th": "ลำพูน ECO TOWN", "en": "Lamphun ECO TOWN"},
        "missions": [5, 4],
        "provenance": {"kind": "source", "quote": "ลำพูน ECO TOWN (เมืองนิเวศ)"},
        **changes,
    }


def test_there_are_six_missions_with_the_words_of_the_source(phimchai: Projects) -> None:
    missions = ok(phimchai.api.get("/v1/missions"))["items"]
    assert [mission["number"] for mission in missions] == [1, 2, 3, 4, 5, 6]
    assert all(m["title"]["th"] and m["title"]["en"] and m["provenance"]["quote"] for m in missions)


def test_nothing_answers_without_a_token(phimchai: Projects) -> None:
    refused(phimchai.api.client.get("/v1/missions", headers={"Authorization": ""}), 401, "token-missing")


def test_programmes_are_the_operators(operator: Api, phimchai: Projects) -> None:
    """Made once however often it is sent, changed with an ETag, refused to a coordinator."""
    key = new_key()
    made = operator.post("/v1/programmes", programme_body(), key=key)
    assert operator.post("/v1/programmes", programme_body(), key=key).text == made.text
    programme = ok(made, 201)
    assert made.headers["location"] == f"/v1/programmes/{programme['id']}"
    path = f"/v1/programmes/{programme['id']}"
    changed = ok(operator.patch(path, {"missions": [5]}, made.headers["etag"]))
    assert (changed["missions"], changed["title"], changed["version"]) == ([5], programme["title"], 2)
    refused(operator.patch(path, {"missions": [4]}, made.headers["etag"]), 412, "precondition-failed")
    refused(phimchai.api.post("/v1/programmes", programme_body()), 403, "role-missing")
    assert programme["id"] in [p["id"] for p in ok(phimchai.api.get("/v1/programmes"))["items"]]


def test_a_figure_of_the_source_is_quoted(operator: Api) -> None:
    body = programme_body(provenance={"kind": "source"})
    assert wrong_fields(operator.post("/v1/programmes", body)) == [("/provenance/quote", "required")]


def test_a_project_keeps_what_it_was_given(phimchai: Projects, operator: Api) -> None:
    programme = ok(operator.post("/v1/programmes", programme_body()), 201)
    body = project_body(
        programme_id=programme["id"],
        budget={"amount": 1_250_000, "source": {"th": "งบพัฒนาจังหวัด"}, "provenance": {"kind": "illustrative"}},
        emenscr="ลพ 0017-70-0001",
        areas=["5101", "510201"],
        visibility="partners",
    )
    project = ok(phimchai.api.post("/v1/projects", body), 201)
    for name in ("programme_id", "emenscr", "areas", "visibility", "fiscal_year", "missions"):
        assert project[name] == body[name]
    assert project["budget"]["amount"] == 1_250_000
    assert (project["status"], project["version"]) == ("planned", 1)
    assert ok(phimchai.api.get(f"/v1/projects/{project['id']}")) == project


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"fiscal_year": 2026}, "/fiscal_year", "gregorian-fiscal-year"),
        ({"fiscal_year": "2570"}, "/fiscal_year", "not-a-whole-number"),
        ({"fiscal_year": 2570.5}, "/fiscal_year", "not-a-whole-number"),
        ({"areas": ["9999"]}, "/areas/0", "unknown-area"),
        ({"areas": []}, "/areas", "wrong-length"),
        ({"areas": ["51", "51"]}, "/areas/1", "repeated"),
        ({"missions": [7]}, "/missions/0", "not-a-choice"),
        ({"missions": [True]}, "/missions/0", "not-a-whole-number"),
        ({"sectors": ["space"]}, "/sectors/0", "not-a-choice"),
        ({"visibility": "everybody"}, "/visibility", "not-a-choice"),
        ({"programme_id": "unknown"}, "/programme_id", "unknown-programme"),
        ({"programme_id": {"$ne": None}}, "/programme_id", "not-a-text"),
        ({"budget": {"amount": -1, "source": {"th": "งบ"}}}, "/budget/amount", "out-of-range"),
        ({"budget": {"amount": "1000", "source": {"th": "งบ"}}}, "/budget/amount", "not-a-number"),
        ({"title": {"th": "ก" * 301}}, "/title/th", "too-long"),
        ({"title": {"th": "ลำพูน\u202eมืด"}}, "/title/th", "control-character"),
        ({"coordinator": {"id": "phimchai"}}, "/coordinator/name", "required"),
        ({"status": "completed"}, "/status", "unknown-field"),
    ],
)
def test_a_malformed_project_is_refused_by_field(
    phimchai: Projects, changes: dict[str, Any], field: str, code: str
) -> None:
    assert (field, code) in wrong_fields(phimchai.api.post("/v1/projects", project_body(**changes)))


def test_texts_longer_than_a_request_may_be_are_refused(phimchai: Projects) -> None:
    body = project_body(description={"th": "ก" * 500_000})
    refused(phimchai.api.post("/v1/projects", body), 413, "too-large")


def test_projects_are_found_by_part_of_a_thai_title(phimchai: Projects) -> None:
    """Case, two ways to type sara am, and zero-width spaces make no difference; signs are no patterns."""
    marker = new_key()[:12]
    project = phimchai.make(title={"th": f"ประกวดผ้าไหมยกดอกลำพูน {marker} (ครั้งที่ 1)", "en": "Silk Contest"})

    def found(q: str) -> list[str]:
        items = ok(phimchai.api.get("/v1/projects", q=q, limit=200))["items"]
        return [item["id"] for item in items]

    decomposed = f"ลํา\u200bพูน {marker}"  # U+0E4D U+0E32 as some keyboards type it
    for q in (f"ลำพูน {marker}", decomposed, f"{marker} (ครั้ง", "silk con", "ยกดอก"):
        assert project["id"] in found(q), q
    for q in (f"{marker} .*", "ไม่มีคำนี้เลย", f"^{marker}"):
        assert project["id"] not in found(q), q


def test_projects_are_filtered_and_paged(phimchai: Projects) -> None:
    """An area's list has what lies in it and what it lies in; pages never repeat or skip."""
    marker = new_key()[:12]
    title = {"th": f"ทดสอบ {marker}"}
    made = {
        area: phimchai.make(title=title, areas=[area], fiscal_year=2571)["id"]
        for area in ("51", "5101", "510112", "5102")
    }

    def found(**query: Any) -> set[str]:
        items = ok(phimchai.api.get("/v1/projects", q=marker, **query))["items"]
        return {item["id"] for item in items}

    assert found(area="5101") == {made["51"], made["5101"], made["510112"]}
    assert found(fiscal_year=2571, mission=5, status="planned", visibility="public") == set(made.values())
    assert found(fiscal_year=2570) == found(mission=1) == found(status="completed") == set()
    first = ok(phimchai.api.get("/v1/projects", q=marker, limit=3))
    second = ok(phimchai.api.get("/v1/projects", q=marker, limit=3, after=first["next"]))
    assert [len(first["items"]), len(second["items"]), second["next"]] == [3, 1, None]
    assert {item["id"] for item in first["items"] + second["items"]} == set(made.values())


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "?/limit"),
        ({"limit": 201}, "?/limit"),
        ({"mission": "x"}, "?/mission"),
        ({"fiscal_year": 2026}, "?/fiscal_year"),
        ({"area": "52"}, "?/area"),
        ({"nonsense": 1}, "?/nonsense"),
        ({"q": "x" * 201}, "?/q"),
    ],
)
def test_a_malformed_question_is_refused(phimchai: Projects, query: dict[str, Any], field: str) -> None:
    errors = wrong_fields(phimchai.api.get("/v1/projects", **query))
    assert [name.replace("?", "?/").replace("//", "/") for name, _ in errors] == [field]


def test_an_internal_project_does_not_exist_for_others(phimchai: Projects, signed: Signed) -> None:
    """Its coordinator, operators and partner managers see it; for others it is 404 and in no list."""
    project = phimchai.make(visibility="internal")
    milestone = phimchai.plan(project["id"])
    indicator = phimchai.define(project["id"])
    paths = (
        f"/v1/projects/{project['id']}",
        f"/v1/projects/{project['id']}/history",
        f"/v1/projects/{project['id']}/milestones",
        f"/v1/projects/{project['id']}/indicators",
        f"/v1/milestones/{milestone['id']}",
        f"/v1/milestones/{milestone['id']}/outcome",
        f"/v1/indicators/{indicator['id']}",
        f"/v1/indicators/{indicator['id']}/measurements",
    )
    for subject, role, seen in (
        ("phimchai", "coordinator", True),
        ("operator-1", "operator", True),
        ("manager-1", "partner_manager", True),
        ("somchai", "coordinator", False),
        ("viewer-1", "viewer", False),
    ):
        api = signed(subject, role)
        assert {api.get(path).status_code for path in paths} == {200 if seen else 404}, role
        listed = ok(api.get("/v1/milestones", project=project["id"]))["items"]
        assert bool(listed) == seen, role
    somchai = Projects(signed("somchai", "coordinator"))
    refused(somchai.tell(milestone, "reach"), 404, "not-found")


def test_a_coordinator_makes_only_projects_of_their_own(phimchai: Projects, operator: Api) -> None:
    """An operator may enter one for somebody else, plan it and hand it over, but never report."""
    refused(phimchai.api.post("/v1/projects", project_body("somchai")), 403, "not-your-project")
    project = ok(operator.post("/v1/projects", project_body("phimchai")), 201)
    milestone = ok(operator.post(f"/v1/projects/{project['id']}/milestones", milestone_body()), 201)
    assert ok(phimchai.tell(milestone, "reach"))["status"] == "reached"


def test_a_project_is_changed_by_what_the_body_names(phimchai: Projects, signed: Signed) -> None:
    milestone = phimchai.new_milestone()
    path = f"/v1/projects/{milestone['project_id']}"
    before = phimchai.api.get(path)
    changed = phimchai.api.patch(path, {"visibility": "internal", "emenscr": "ลพ-1"}, before.headers["etag"])
    assert ok(changed)["visibility"] == "internal"
    assert ok(changed)["title"] == before.json()["title"]
    assert phimchai.milestone(milestone["id"])["version"] == milestone["version"]
    same = phimchai.api.patch(path, {"visibility": "internal"}, changed.headers["etag"])
    assert same.headers["etag"] == changed.headers["etag"]
    refused(phimchai.api.patch(path, {"emenscr": None}, before.headers["etag"]), 412, "precondition-failed")
    errors = wrong_fields(phimchai.api.patch(path, {"coordinator": {}}, changed.headers["etag"]))
    assert errors == [("/coordinator", "unknown-field")]


def test_a_project_is_completed_once_all_is_done(phimchai: Projects) -> None:
    """Open milestones are counted; afterwards nothing can be planned in it."""
    milestone = phimchai.new_milestone()
    path = f"/v1/projects/{milestone['project_id']}"

    def move(command: str) -> Any:
        return phimchai.api.post(f"{path}/{command}", etag=phimchai.api.get(path).headers["etag"])

    assert ok(move("start"))["status"] == "in_progress"
    refused(move("start"), 409, "project-already-in-progress")
    refused(move("complete"), 409, "milestones-still-open")
    ok(phimchai.tell(milestone, "reach"))
    assert ok(move("complete"))["status"] == "completed"
    refused(phimchai.api.post(f"{path}/milestones", milestone_body()), 409, "project-already-completed")
    refused(phimchai.tell(phimchai.milestone(milestone["id"]), "recall"), 409, "project-already-completed")


def test_a_project_is_cancelled_with_a_reason_and_for_good(phimchai: Projects, stored: Stored) -> None:
    """Its open milestones first, so that whoever waits for them is told; then nothing more can be planned."""
    milestone = phimchai.new_milestone()
    path = f"/v1/projects/{milestone['project_id']}"

    def cancel(body: dict[str, Any]) -> Any:
        return phimchai.api.post(f"{path}/cancel", body, etag=phimchai.api.get(path).headers["etag"])

    assert wrong_fields(cancel({})) == [("/reason", "required")]
    refused(cancel({"reason": WHY}), 409, "milestones-still-open")
    ok(phimchai.tell(milestone, "cancel", {"reason": WHY}))
    cancelled = ok(cancel({"reason": WHY}))
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", WHY)
    eventually(lambda: stored.is_published(f"{milestone['project_id']}:{cancelled['version']}"))
    for again in (cancel({"reason": WHY}), phimchai.api.post(f"{path}/milestones", milestone_body())):
        refused(again, 409, "project-already-cancelled")
    assert ok(phimchai.api.get(path))["version"] == cancelled["version"]


def test_an_imported_milestone_says_so(phimchai: Projects) -> None:
    """Whoever looks sees why no reminder comes."""
    assert phimchai.new_milestone()["imported"] is False
    assert phimchai.new_milestone(imported=True)["imported"] is True
    body = milestone_body(imported="soon")
    answer = phimchai.api.post(f"/v1/projects/{phimchai.make()['id']}/milestones", body)
    assert wrong_fields(answer) == [("/imported", "not-a-yes-or-no")]


def test_problems_speak_the_callers_language(phimchai: Projects) -> None:
    """Thai unless English is asked for."""
    project = phimchai.make()
    etag = f'"{project["version"]}"'
    ok(phimchai.api.post(f"/v1/projects/{project['id']}/start", etag=etag))
    for language, title in (("th", "โครงการนี้เริ่มแล้ว"), ("en", "This project has started already")):
        problem = phimchai.api.client.post(
            f"/v1/projects/{project['id']}/start", headers={"If-Match": '"2"', "Accept-Language": language}
        ).json()
        assert problem["title"] == title
