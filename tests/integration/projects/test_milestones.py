"""Milestones over REST: planned, reported, recalled; each answer tells what partners will hear."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.contracts.registry import read_event
from tests.integration.projects.api import (
    WHY,
    Projects,
    Stored,
    eventually,
    gathered,
    milestone_body,
    new_key,
    ok,
    project_body,
    refused,
    wrong_fields,
)
from tests.integration.projects.conftest import HOLD_SECONDS, Signed


def test_a_report_answers_with_its_event_and_the_end_of_the_hold(phimchai: Projects) -> None:
    """Reached: the milestone as it is now, which event says so, and until when it can be recalled."""
    milestone = phimchai.new_milestone()
    response = phimchai.tell(milestone, "reach", {"reached_on": "2025-11-20", "note": {"th": "ครบ ๕๐ ครั้ง"}})
    answer = ok(response)
    assert (answer["status"], answer["reached_on"]) == ("reached", "2025-11-20")
    assert answer["event_id"] == f"{milestone['project_id']}:{answer['version']}"
    assert response.headers["etag"] == f'"{answer["version"]}"'
    assert answer["hold_until"] > answer["updated_at"]
    assert (
        ok(phimchai.api.get(f"/v1/milestones/{milestone['id']}"))["alerts"][0]["event_id"]
        == answer["event_id"]
    )


def test_every_report_is_published_as_its_contract_says(
    phimchai: Projects, published: Callable[[], list[bytes]]
) -> None:
    """The whole life of a milestone: each event fits its schema, in order, with what was before."""
    milestone = phimchai.new_milestone()
    for command, body in (
        ("start", None),
        ("reschedule", {"due_date": "2026-12-15", "reason": WHY}),
        ("reach", {}),
        ("recall", {"reason": WHY}),
        ("cancel", {"reason": WHY}),
        ("correct", {"status": "in_progress", "reason": WHY}),
    ):
        milestone = ok(phimchai.tell(milestone, command, body))
    bodies = gathered(published, lambda found: len(found) >= 8)
    events = [read_event(body) for body in bodies]
    ours = [event for event in events if event.data["project"]["id"] == milestone["project_id"]]
    assert [event.type.split(".", 1)[1] for event in ours] == [
        "project.created.v1",
        "milestone.planned.v1",
        "milestone.started.v1",
        "milestone.rescheduled.v1",
        "milestone.reached.v1",
        "milestone.recalled.v1",
        "milestone.cancelled.v1",
        "milestone.corrected.v1",
    ]
    assert [event.version for event in ours] == list(range(1, 9))
    assert {event.id for event in ours} == {f"{milestone['project_id']}:{n}" for n in range(1, 9)}
    rescheduled, reached, recalled, corrected = ours[3], ours[4], ours[5], ours[7]
    assert rescheduled.data["before"]["due_date"] == "2026-11-30"
    assert reached.data["hold_seconds"] == HOLD_SECONDS
    assert recalled.data["concerns"] == [reached.id]
    assert recalled.data["hold_seconds"] == 0
    assert corrected.data["concerns"] == [rescheduled.id, ours[6].id]
    assert {event.actor for event in ours} == {"phimchai"}
    assert all(event.subject == f"milestones/{milestone['id']}" for event in ours[1:])


def test_the_state_and_its_event_are_one_document(phimchai: Projects, stored: Stored) -> None:
    """Nothing is left in the outbox once the broker has it, and history keeps the event."""
    milestone = ok(phimchai.tell(phimchai.new_milestone(), "reach"))
    eventually(lambda: stored.is_published(milestone["event_id"]))
    eventually(lambda: not stored.waits(milestone["project_id"]))


def test_a_command_without_or_with_an_old_etag_is_refused(phimchai: Projects) -> None:
    """428 without If-Match, 412 with a version that is no longer the newest, nothing stored either time."""
    milestone = phimchai.new_milestone()
    path = f"/v1/milestones/{milestone['id']}/reach"
    refused(phimchai.api.post(path), 428, "precondition-required")
    ok(phimchai.tell(milestone, "start"))
    refused(phimchai.tell(milestone, "reach"), 412, "precondition-failed")
    assert phimchai.milestone(milestone["id"])["status"] == "in_progress"


def test_another_milestone_that_changes_meanwhile_does_no_harm(phimchai: Projects) -> None:
    """A milestone's ETag is its own: its neighbours' reports leave it valid."""
    first = phimchai.new_milestone()
    second = phimchai.plan(first["project_id"])
    ok(phimchai.tell(first, "start"))
    assert ok(phimchai.tell(second, "reach"))["status"] == "reached"


def test_reports_on_one_project_at_the_same_moment_are_all_kept(phimchai: Projects) -> None:
    """Twelve milestones of one project, reported at once: twelve versions, none lost."""
    project = phimchai.make()
    milestones = [phimchai.plan(project["id"]) for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda milestone: ok(phimchai.tell(milestone, "reach")), milestones))
    assert len({answer["event_id"] for answer in answers}) == 12
    progress = ok(phimchai.api.get(f"/v1/projects/{project['id']}"))["progress"]
    assert progress == {"milestones": 12, "reached": 12}


def test_of_two_who_report_the_same_milestone_at_once_one_is_told_to_look_again(phimchai: Projects) -> None:
    milestone = phimchai.new_milestone()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: phimchai.tell(milestone, "reach"), range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 412]


def test_a_retry_gets_the_first_answer(phimchai: Projects) -> None:
    """The answer was lost: the same key brings it again, though the ETag is old by now."""
    milestone, key = phimchai.new_milestone(), new_key()
    first = phimchai.tell(milestone, "reach", key=key)
    again = phimchai.tell(milestone, "reach", key=key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["etag"] == first.headers["etag"]
    assert len(phimchai.milestone(milestone["id"])["alerts"]) == 1


def test_a_key_stands_for_one_request_only(phimchai: Projects) -> None:
    milestone, key = phimchai.new_milestone(), new_key()
    ok(phimchai.tell(milestone, "reschedule", {"due_date": "2026-12-15", "reason": WHY}, key=key))
    other = {"due_date": "2026-12-16", "reason": WHY}
    refused(phimchai.tell(milestone, "reschedule", other, key=key), 422, "idempotency-mismatch")


@pytest.mark.parametrize("run", range(3))
def test_two_at_once_with_one_key_are_one(phimchai: Projects, run: int) -> None:
    """Whoever comes second gets the first one's answer; there is one event and one milestone."""
    project, key = phimchai.make(), new_key()
    with ThreadPoolExecutor(6) as pool:
        path = f"/v1/projects/{project['id']}/milestones"
        planned = list(pool.map(lambda _: phimchai.api.post(path, milestone_body(), key=key), range(6)))
        assert len({answer.text for answer in planned}) == 1
        milestone = ok(planned[0], 201)
        reached = list(pool.map(lambda _: phimchai.tell(milestone, "reach", key=key + "r"), range(6)))
    assert len({answer.text for answer in reached}) == 1
    assert ok(reached[0])["version"] == project["version"] + 2


def test_two_callers_may_choose_the_same_key(phimchai: Projects, signed: Signed) -> None:
    somchai, key = Projects(signed("somchai", "coordinator")), new_key()
    hers = ok(phimchai.api.post("/v1/projects", project_body(), key=key), 201)
    his = ok(somchai.api.post("/v1/projects", project_body("somchai"), key=key), 201)
    assert hers["id"] != his["id"]


def test_only_its_coordinator_reports(phimchai: Projects, signed: Signed) -> None:
    """Another coordinator, a viewer, a partner manager and even an operator are refused."""
    milestone = phimchai.new_milestone()
    refused(Projects(signed("somchai", "coordinator")).tell(milestone, "reach"), 403, "not-your-project")
    for role in ("viewer", "partner_manager", "operator"):
        refused(Projects(signed("phimchai", role)).tell(milestone, "reach"), 403, "role-missing")
    assert phimchai.milestone(milestone["id"])["status"] == "planned"


def test_after_a_hand_over_the_new_coordinator_reports(phimchai: Projects, signed: Signed) -> None:
    """The former one may only read; two coordinators at once never both own it."""
    milestone = phimchai.new_milestone()
    somchai = Projects(signed("somchai", "coordinator"))
    path = f"/v1/projects/{milestone['project_id']}"
    body = {"coordinator": project_body("somchai")["coordinator"]}
    etag = phimchai.api.get(path).headers["etag"]
    key = new_key()
    first = phimchai.api.post(f"{path}/hand-over", body, etag=etag, key=key)
    assert ok(first)["coordinator"]["id"] == "somchai"
    assert phimchai.api.post(f"{path}/hand-over", body, etag=etag, key=key).text == first.text
    refused(phimchai.tell(milestone, "reach"), 403, "not-your-project")
    ok(somchai.tell(milestone, "reach"))


def test_unmet_criteria_ask_for_a_confirmation(phimchai: Projects) -> None:
    """Each is named with what is missing; confirmed, the report is taken and says so."""
    project = phimchai.make()
    indicator = phimchai.define(project["id"])
    phimchai.measure(indicator["id"], 46, areas=["5101"])
    criteria = [
        {"kind": "indicator_at_least", "indicator_id": indicator["id"]},
        {"kind": "areas_covered", "indicator_id": indicator["id"], "areas": ["51"]},
    ]
    milestone = phimchai.plan(project["id"], criteria=criteria)
    problem = refused(phimchai.tell(milestone, "reach"), 409, "criteria-unmet")
    assert problem["errors"][0]["message"] == "46 of 50 so far."
    assert "15 of 51 sub-districts" in problem["errors"][1]["message"]
    answer = ok(phimchai.tell(milestone, "reach", {"confirm_unmet": True}))
    assert [(u["value"], u["target"]) for u in answer["confirmed"]["unmet"]] == [(46, 50), (15, 51)]


def test_met_criteria_stand_in_the_event_as_results(
    phimchai: Projects, published: Callable[[], list[bytes]]
) -> None:
    """50 of 50 sessions, 51 of 51 sub-districts; a figure of an indicator that is not public never leaves."""
    project = phimchai.make()
    shown, hidden = phimchai.define(project["id"]), phimchai.define(project["id"], public=False)
    for indicator in (shown, hidden):
        phimchai.measure(indicator["id"], 12, measured_on="2025-10-20", areas=["5101"])
        phimchai.measure(indicator["id"], 50, areas=["51"])
    criteria = [
        {"kind": kind, "indicator_id": indicator["id"], "areas": ["51"] if kind == "areas_covered" else []}
        for indicator in (shown, hidden)
        for kind in ("indicator_at_least", "areas_covered")
    ]
    answer = ok(phimchai.tell(phimchai.plan(project["id"], criteria=criteria), "reach"))
    bodies = gathered(published, lambda found: any(answer["event_id"].encode() in body for body in found))
    reached = next(e for e in map(read_event, bodies) if e.id == answer["event_id"])
    lines = [(r["label"]["en"], r["value"], r["target"], r["met"]) for r in reached.data["results"]]
    assert lines == [("Waste-separation trainings", 50, 50, True), ("Areas covered", 51, 51, True)]
    measured = [e for e in map(read_event, bodies) if e.type == "projects.indicator.measured.v1"]
    assert [e.data["value"] for e in measured if e.data["indicator_id"] == hidden["id"]] == [None, None]
    assert json.dumps(shown["id"]).encode() in b"".join(bodies)


@pytest.mark.parametrize(
    ("command", "body", "field", "code"),
    [
        ("reach", {"reached_on": "2568-11-20"}, "/reached_on", "buddhist-era-year"),
        ("reach", {"reached_on": "2099-01-01"}, "/reached_on", "date-in-the-future"),
        ("reach", {"reached_on": "20 พ.ย. 2568"}, "/reached_on", "not-a-date"),
        ("reach", {"reached_on": 20251120}, "/reached_on", "not-a-date"),
        ("reach", {"note": {"en": "no Thai"}}, "/note/th", "required"),
        ("reach", {"note": {"th": "ก" * 2001}}, "/note/th", "too-long"),
        ("reach", {"note": {"th": "\u202eกลับด้าน"}}, "/note/th", "control-character"),
        ("reach", {"evidence": {"th": "ดู https://evil.example.org"}}, "/evidence/th", "link"),
        ("reach", {"unknown": 1}, "/unknown", "unknown-field"),
        ("reschedule", {"due_date": "2026-12-15"}, "/reason", "required"),
        ("reschedule", {"due_date": "2569-12-15", "reason": WHY}, "/due_date", "buddhist-era-year"),
        ("reschedule", {"due_date": "2026-11-30", "reason": WHY}, "/due_date", "same-due-date"),
        ("cancel", {"reason": {"th": "  "}}, "/reason/th", "too-short"),
        ("cancel", {"reason": "เพราะ"}, "/reason", "not-an-object"),
        ("correct", {"reason": WHY, "status": "เสร็จ"}, "/status", "not-a-choice"),
    ],
)
def test_a_malformed_report_is_refused_whole(
    phimchai: Projects, command: str, body: dict[str, object], field: str, code: str
) -> None:
    """Each wrong field is named, and nothing is half stored."""
    milestone = phimchai.new_milestone()
    assert (field, code) in [
        (error["field"], error["code"]) for error in phimchai.tell(milestone, command, body).json()["errors"]
    ]
    assert phimchai.milestone(milestone["id"]) == _without_event(milestone)


@pytest.mark.parametrize(
    "text",
    [
        "น้ำใจ ๕๐ ครั้ง 🎉👨‍👩‍👧‍👦",
        "<script>alert('เตือน')</script><b>หนา</b>",
        "مرحبا שלום ลำพูน",
        "บรรทัดแรก\nบรรทัดสอง",
        "Bcc: all@example.org",
        "{placeholder} %s ${x} {{y}}",
    ],
    ids=["emoji", "HTML", "right to left", "lines", "a header", "templates"],
)
def test_what_people_type_comes_back_as_typed(phimchai: Projects, text: str) -> None:
    """Thai, emoji, HTML, right-to-left and braces are words like any other."""
    answer = ok(phimchai.tell(phimchai.new_milestone(), "reach", {"note": {"th": text}}))
    assert answer["note"]["th"] == text


def test_lines_end_in_one_way(phimchai: Projects) -> None:
    """CR LF of a form becomes LF in a paragraph; a title has no line breaks at all."""
    note = {"th": "หนึ่ง\r\nสอง"}
    assert ok(phimchai.tell(phimchai.new_milestone(), "reach", {"note": note}))["note"]["th"] == "หนึ่ง\nสอง"
    project = phimchai.make()
    body = milestone_body(title={"th": "หัวเรื่อง\r\nBcc: all@example.org"})
    assert wrong_fields(phimchai.api.post(f"/v1/projects/{project['id']}/milestones", body)) == [
        ("/title/th", "line-break")
    ]


def test_milestones_are_listed_by_due_date_in_pages(phimchai: Projects) -> None:
    project = phimchai.make()
    days = ["2026-12-01", "2026-11-15", "2027-01-05", "2026-11-15"]
    made = [phimchai.plan(project["id"], due_date=day) for day in days]
    ok(phimchai.tell(made[2], "reach"))
    found, after = [], None
    while True:
        query = {"project": project["id"], "limit": 1, **({"after": after} if after else {})}
        page = ok(phimchai.api.get("/v1/milestones", **query))
        found += page["items"]
        after = page["next"]
        if after is None:
            break
    assert [milestone["due_date"] for milestone in found] == sorted(days)
    assert {milestone["id"] for milestone in found} == {milestone["id"] for milestone in made}
    path = f"/v1/projects/{project['id']}/milestones"
    before = ok(phimchai.api.get(path, due_before="2026-12-01", status="planned"))["items"]
    assert [milestone["due_date"] for milestone in before] == ["2026-11-15", "2026-11-15"]
    assert [m["id"] for m in ok(phimchai.api.get(path, status="reached"))["items"]] == [made[2]["id"]]


def test_a_plan_is_amended_without_an_alert(phimchai: Projects) -> None:
    """Title, description, criteria; the date is not among them; the same again changes nothing."""
    milestone = phimchai.new_milestone()
    path, etag = f"/v1/milestones/{milestone['id']}", f'"{milestone["version"]}"'
    assert wrong_fields(phimchai.api.patch(path, {"due_date": "2026-12-15"}, etag)) == [
        ("/due_date", "unknown-field")
    ]
    refused(phimchai.api.patch(path, {}), 428, "precondition-required")
    title = {"th": "อบรมคัดแยกขยะ 51 ครั้ง", "en": None}
    changed = phimchai.api.patch(path, {"title": title}, etag)
    assert ok(changed)["title"] == title
    assert ok(changed)["alerts"] == []
    again = phimchai.api.patch(path, {"title": title}, changed.headers["etag"])
    assert again.headers["etag"] == changed.headers["etag"]


def test_what_is_historic_may_come_with_its_result(
    phimchai: Projects, published: Callable[[], list[bytes]]
) -> None:
    """Its event says historic, so that nobody is told; anything else has to be reported."""
    project = phimchai.make(historic=True, fiscal_year=2560)
    path = f"/v1/projects/{project['id']}/milestones"
    body = milestone_body(due_date="2017-09-30", status="reached", reached_on="2017-09-30")
    milestone = ok(phimchai.api.post(path, body), 201)
    assert (milestone["historic"], milestone["alerts"]) == (True, [])
    assert wrong_fields(phimchai.api.post(path, {**body, "historic": False})) == [
        ("/status", "only-historic")
    ]
    bodies = gathered(published, lambda found: len(found) >= 2)
    assert all(read_event(b).data["historic"] for b in bodies)


def _without_event(milestone: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in milestone.items() if name not in ("event_id", "hold_until")}
