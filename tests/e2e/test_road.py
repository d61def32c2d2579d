"""The main job, end to end over the real broker, database and mail server."""

from __future__ import annotations

import time
from typing import Any

import pytest

from prasan.services import ServiceRefused
from tests.e2e.world import QUIET, World, counts

REASON = {"th": "ขยายเวลาตามมติที่ประชุม", "en": "More time, as the meeting decided"}


def test_one_project_one_partner_one_mail(world: World) -> None:
    """A milestone is reached, and its one sponsor has one Thai mail that says what, why and what is next."""
    project = world.project()
    sponsor = world.sponsor(project)
    answer = world.report(project.milestones[0], "reach")
    (mail,) = world.wait_for_mails(sponsor)
    assert mail.subject.startswith("แล้วเสร็จ") and f"ขั้นที่ 1 ของ {world.name}" in mail.subject
    assert "ผู้สนับสนุน" in mail.body() and f"ขั้นที่ 2 ของ {world.name}" in mail.body()
    outcome = world.settled(project.milestones[0], answer["event_id"])
    assert outcome["relevant"] == 1 and counts(outcome) == {"accepted": 1} and outcome["surplus"] == 0


def test_whoever_reads_english_is_told_in_english(world: World) -> None:
    """The contact's language decides subject and body."""
    project = world.project()
    reader = world.sponsor(project, language="en")
    world.report(project.milestones[0], "reach")
    (mail,) = world.wait_for_mails(reader)
    assert f"Step 1 of {world.name}" in mail.subject and "เรียน" not in mail.body()


ALERTS: list[tuple[str, dict[str, Any], str]] = [
    ("reach", {}, "แล้วเสร็จ"),
    ("reschedule", {"due_date": "2027-01-29", "reason": REASON}, "เลื่อนกำหนด"),
    ("reschedule", {"due_date": "2026-12-01", "reason": REASON}, "ปรับให้เร็วขึ้น"),
    ("cancel", {"reason": REASON}, "ยกเลิก"),
]


@pytest.mark.parametrize(
    ("command", "body", "word"), ALERTS, ids=["reached", "later", "earlier", "cancelled"]
)
def test_each_alert_says_its_outcome_first(
    world: World, command: str, body: dict[str, Any], word: str
) -> None:
    """Reached, put off, brought forward, cancelled: the subject's first 35 characters say which."""
    project = world.project()
    sponsor = world.sponsor(project)
    answer = world.report(project.milestones[0], command, **body)
    (mail,) = world.wait_for_mails(sponsor)
    assert word in mail.subject[:35]
    if body:
        assert REASON["th"] in mail.body()
    assert counts(world.settled(project.milestones[0], answer["event_id"])) == {"accepted": 1}


def test_a_correction_reaches_whoever_was_told_before(world: World) -> None:
    """Somebody whose role ended since still hears that what they were told was wrong, and why they hear."""
    project = world.project()
    partner_id = world.partner()
    subscription_id = world.subscribe(partner_id, project=[project.id])
    reader = world.contact(partner_id)
    world.report(project.milestones[0], "reach")
    world.wait_for_mails(reader, 1)
    path = f"/v1/partners/{partner_id}/subscriptions/{subscription_id}"
    version = world.services.get("partners", path)["version"]
    world.services.call("partners", "DELETE", path, headers={"If-Match": f'"{version}"'})
    world.report(project.milestones[0], "correct", status="in_progress", reason=REASON)
    correction = world.wait_for_mails(reader, 2)[1]
    assert correction.subject.startswith("แจ้งแก้ไข") and REASON["th"] in correction.body()


def test_one_contact_of_two_partners_is_told_once_with_both_reasons(world: World) -> None:
    """One address is one contact: one mail, however many of its organisations are concerned."""
    project = world.project()
    sponsor, reader = world.partner(), world.partner("chamber")
    world.engage(sponsor, project, "sponsor")
    world.subscribe(reader, project=[project.id])
    contact = world.contact(sponsor, reader)
    event_id = world.report(project.milestones[0], "reach")["event_id"]
    world.wait_for_mails(contact, 1)
    (told,) = world.services.get("partners", f"/v1/audiences/{event_id}")["items"]
    assert {reason["code"] for reason in told["reasons"]} == {"sponsor", "subscriber"}


def test_the_sponsors_own_part_stands_in_the_mail(world: World) -> None:
    """A pledge of 10 sessions is shown to the sponsor who made it."""
    project = world.project()
    partner_id = world.partner()
    pledge = {"quantity": 10, "done": 10, "unit": {"th": "ครั้ง", "en": "sessions"}}
    world.engage(partner_id, project, "sponsor", pledge=pledge)
    sponsor = world.contact(partner_id)
    world.report(project.milestones[0], "reach")
    (mail,) = world.wait_for_mails(sponsor)
    assert "10 จาก 10 ครั้ง" in mail.body()


def test_left_out_and_by_hand_stand_in_the_outcome(world: World) -> None:
    """No basis, unsubscribed, no address: none of them has a mail, and the outcome counts each."""
    project = world.project()
    partner_id = world.partner()
    world.engage(partner_id, project, "sponsor")
    told = world.contact(partner_id)
    world.contact(partner_id, lawful_bases={})
    world.contact(partner_id, unsubscribed=True)
    world.contact(partner_id, address=None, by_hand={"th": "โทร 0 5300 0010"})
    answer = world.report(project.milestones[0], "reach")
    world.wait_for_mails(told)
    outcome = world.settled(project.milestones[0], answer["event_id"])
    assert outcome["left_out"] == {"no_lawful_basis": 1, "unsubscribed": 1}
    assert outcome["relevant"] == 2 and counts(outcome) == {"accepted": 1, "by_hand": 1}


@pytest.mark.parametrize(
    ("visibility", "heard"),
    [
        ("public", {"industry", "media", "province"}),
        ("partners", {"industry", "province"}),
        ("internal", {"province"}),
    ],
)
def test_visibility_comes_before_anything_else(world: World, visibility: str, heard: set[str]) -> None:
    """Internal stays with the province, partners' news never reaches media, public reaches all: media in
    their weekly digest."""
    project = world.project(visibility=visibility)
    people = {}
    for kind in ("industry", "media"):
        partner_id = world.partner(kind)
        world.subscribe(partner_id, project=[project.id])
        people[kind] = world.contact(partner_id)
    office = world.partner("agency")
    world.engage(office, project, "coordinator")
    people["province"] = world.contact(office)
    event_id = world.report(project.milestones[0], "reach")["event_id"]
    outcome = world.settled(project.milestones[0], event_id)
    assert {kind for kind, contact in people.items() if world.mails(contact)} == heard - {"media"}
    assert counts(outcome).get("in_digest", 0) == ("media" in heard)
    assert outcome["left_out"] == ({"not_visible": 3 - len(heard)} if len(heard) < 3 else {})


def test_nobody_concerned_is_an_answer_too(world: World) -> None:
    """A milestone that no partner is concerned by has an outcome of zero, not an open question."""
    project = world.project(areas=["510801"], missions=[6], sectors=["governance"], visibility="internal")
    answer = world.report(project.milestones[0], "reach")
    outcome = world.settled(project.milestones[0], answer["event_id"])
    assert outcome["relevant"] == 0 and outcome["counts"] == []


def test_what_is_historic_tells_nobody(world: World) -> None:
    """Entering last year's milestones sends no mail."""
    project = world.project(milestones=1)
    sponsor = world.sponsor(project)
    body = {
        "title": {"th": "ของปีก่อน"}, "due_date": "2025-09-01", "historic": True,
        "status": "reached", "reached_on": "2025-08-30",
    }  # fmt: skip
    world.services.post("projects", f"/v1/projects/{project.id}/milestones", body)
    time.sleep(QUIET)
    assert world.mails(sponsor) == []


def test_unmet_criteria_ask_for_a_confirmation_that_is_kept(world: World) -> None:
    """Reached with an indicator below target: refused naming it, then accepted when confirmed."""
    project = world.project(milestones=0)
    sponsor = world.sponsor(project)
    base = f"/v1/projects/{project.id}"
    unit = {"th": "ครั้ง", "en": "times"}
    indicator = {"title": {"th": "อบรม", "en": "Trainings"}, "unit": unit, "target": {"value": 50}}
    indicator_id = world.services.post("projects", f"{base}/indicators", indicator)["id"]
    criterion = {"kind": "indicator_at_least", "indicator_id": indicator_id}
    milestone = {"title": {"th": "ครบ 50"}, "due_date": "2026-12-20", "criteria": [criterion]}
    milestone_id = world.services.post("projects", f"{base}/milestones", milestone)["id"]
    with pytest.raises(ServiceRefused) as refused:
        world.report(milestone_id, "reach")
    assert refused.value.code == "criteria-unmet" and refused.value.fields
    answer = world.report(milestone_id, "reach", confirm_unmet=True)
    assert answer["confirmed"]["unmet"][0]["indicator_id"] == indicator_id
    world.wait_for_mails(sponsor)


def test_hostile_words_are_shown_and_not_obeyed(world: World) -> None:
    """HTML, emoji, quotes and Arabic in a title: in the subject as they are, in the HTML escaped."""
    title = {"th": f'<script>alert(1)</script> & "ขยะ" 🌱 مرحبا {world.name}'}
    project = world.project(milestones=0)
    sponsor = world.sponsor(project)
    body = {"title": title, "due_date": "2026-12-20"}
    path = f"/v1/projects/{project.id}/milestones"
    milestone_id = world.services.post("projects", path, body)["id"]
    world.report(milestone_id, "reach")
    (mail,) = world.wait_for_mails(sponsor)
    assert "<script>" in mail.subject and "🌱" in mail.subject and "مرحبا" in mail.subject
    assert title["th"] in mail.body()
    assert "<script" not in mail.body("html") and "&lt;script&gt;" in mail.body("html")


def test_a_report_whose_answer_was_lost_can_be_sent_again(world: World) -> None:
    """The same Idempotency-Key: the first answer again, and one mail."""
    project = world.project()
    sponsor = world.sponsor(project)
    path, version = f"/v1/milestones/{project.milestones[0]}", None
    version = world.services.get("projects", path)["version"]
    first, again = (
        world.services.post("projects", f"{path}/reach", {}, key=world.name, if_match=version)
        for _ in range(2)
    )
    assert first == again
    world.wait_for_mails(sponsor, 1)
