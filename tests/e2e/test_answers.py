"""What contacts answer, and what mail servers give back, changes what others know: over the whole road."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest

from prasan.demo.province import Province, until
from shared.testing.mailbox import Received
from tests.e2e.world import SOON, Contact, World, counts
from tests.unit.intake.mails import dsn, mail


@pytest.fixture(scope="module")
def lmtp_port(province: Province) -> int:
    """Where the intake takes mail that comes back."""
    return province.stack.start_intake()


def come_back(port: int, to: str, raw: bytes, sender: str = "somebody@example.org") -> None:
    with smtplib.LMTP("127.0.0.1", port) as intake:
        intake.sendmail(sender, [to], raw)


def reply_to(alert: Received) -> str:
    return str(alert.message["Reply-To"]).strip("<>")


def kept(world: World, contact: Contact) -> Any:
    return world.services.get("partners", f"/v1/contacts/{contact.id}")


def test_an_answer_changes_the_contact_and_the_next_alert_obeys(world: World, lmtp_port: int) -> None:
    """«หยุดโครงการนี้»: the acknowledgement comes, the next alert of this project does not."""
    project = world.project()
    sponsor = world.sponsor(project)
    world.report(project.milestones[0], "reach")
    (alert,) = world.wait_for_mails(sponsor)

    to = reply_to(alert)
    come_back(lmtp_port, to, mail(to, "หยุดโครงการนี้ครับ"))

    world.wait_for_mails(sponsor, 2)
    until(lambda: kept(world, sponsor)["muted_projects"] == [project.id], SOON)
    answer = world.report(project.milestones[1], "reach")
    outcome = world.settled(project.milestones[1], answer["event_id"])
    assert (counts(outcome), outcome["left_out"]) == ({}, {"unsubscribed": 1})
    world.wait_for_mails(sponsor, 2)


def test_a_question_stands_on_the_projects_page(world: World, lmtp_port: int) -> None:
    """With the name of who asked; its words are sealed on the way."""
    project = world.project()
    sponsor = world.sponsor(project)
    world.report(project.milestones[0], "reach")
    to = reply_to(world.wait_for_mails(sponsor)[0])

    come_back(lmtp_port, to, mail(to, "ขอทราบวันประชุมครั้งต่อไปค่ะ"))

    path = f"/v1/projects/{project.id}/questions"
    (question,) = until(lambda: world.services.get("projects", path)["items"], SOON)
    assert question["text"] == "ขอทราบวันประชุมครั้งต่อไปค่ะ"
    assert (question["name"], question["contact_id"]) == ("สมหญิง ทดสอบ", sponsor.id)
    assert question["milestone_id"] == project.milestones[0]


def test_a_bounce_is_counted_and_suppresses_the_address(world: World, lmtp_port: int) -> None:
    """The milestone says so, and so does the contact."""
    project = world.project()
    sponsor = world.sponsor(project)
    answer = world.report(project.milestones[0], "reach")
    (alert,) = world.wait_for_mails(sponsor)

    bounce = dsn(alert.envelope_from, "5.1.1", recipient=sponsor.address or "")
    come_back(lmtp_port, alert.envelope_from, bounce, sender="")

    def outcome() -> Any:
        return counts(world.outcome(project.milestones[0], answer["event_id"]))

    until(lambda: outcome() == {"bounced": 1}, SOON)
    until(lambda: (kept(world, sponsor)["suppressed"] or {}).get("why") == "5.1.1", SOON)
