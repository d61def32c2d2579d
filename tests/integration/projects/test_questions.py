"""What contacts ask by answering an alert is on the project's page, once, for whoever answers for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from shared.clock import SystemClock
from shared.contracts.envelope import Event
from shared.sealing import Sealer
from tests.integration.projects.api import Api, Body, Projects, eventually, ok
from tests.integration.projects.conftest import SECRET, Signed

Tell = Callable[[str, str, bytes], None]
ASKED, ERASED = "notifications.reply.received.v1", "partners.contact.erased.v1"


def asked(project: str, contact: str, text: str = "ขอเลื่อนวันอบรมได้ไหม") -> Event:
    """A contact answered an alert of the project."""
    reply = uuid.uuid4().hex
    data = {
        "reply_id": reply,
        "contact_id": contact,
        "delivery_id": f"{project}:2:0:0:0",
        "event_id": f"{project}:2",
        "project_id": project,
        "milestone_id": None,
        "sealed": Sealer(SECRET).seal({"name": "กมลวรรณ ใจงาม", "text": text}),
    }
    now = SystemClock().now()
    return Event(f"{reply}:1", ASKED, "prasan/notifications", f"replies/{reply}", now, 1, data)


def erased(contact: str) -> Event:
    data = {"contact_id": contact, "contact_version": 2, "fingerprint": None}
    now = SystemClock().now()
    return Event(f"{contact}:2", ERASED, "prasan/partners", f"contacts/{contact}", now, 2, data)


@pytest.fixture
def say(tell: Tell) -> Callable[[Event], None]:
    return lambda event: tell(f"{event.type.split('.')[0]}.events", event.type, event.to_bytes())


def questions(api: Api, project: str) -> list[Body]:
    found: list[Body] = ok(api.get(f"/v1/projects/{project}/questions"))["items"]
    return found


def test_a_question_is_kept_once_however_often_it_comes(
    phimchai: Projects, signed: Signed, say: Callable[[Event], None]
) -> None:
    """Its coordinator reads it; another coordinator does not, and a viewer is not asked."""
    project = phimchai.make()["id"]
    first, second = (
        asked(project, "contact-1", "คำถามแรก"),
        asked(project, "contact-2", "คำถามที่สอง\nสองบรรทัด 👨‍👩‍👧"),
    )

    for event in (first, first, second, first):
        say(event)

    eventually(lambda: len(questions(phimchai.api, project)) == 2)
    found = questions(phimchai.api, project)
    assert {each["text"] for each in found} == {"คำถามแรก", "คำถามที่สอง\nสองบรรทัด 👨‍👩‍👧"}
    assert {each["name"] for each in found} == {"กมลวรรณ ใจงาม"}
    assert signed("another", "coordinator").get(f"/v1/projects/{project}/questions").status_code == 403
    assert signed("looker", "viewer").get(f"/v1/projects/{project}/questions").status_code == 403


def test_what_an_erased_contact_asked_is_gone_and_stays_so(
    phimchai: Projects, say: Callable[[Event], None]
) -> None:
    """Also when the question comes after the tombstone."""
    project, contact = phimchai.make()["id"], f"contact-{uuid.uuid4().hex}"
    say(asked(project, contact))
    say(asked(project, "somebody-else"))
    eventually(lambda: len(questions(phimchai.api, project)) == 2)

    say(erased(contact))
    say(asked(project, contact))
    say(asked(project, "a-third"))

    eventually(lambda: _who(phimchai, project) == {"somebody-else", "a-third"})


def _who(phimchai: Projects, project: str) -> set[Any]:
    return {each["contact_id"] for each in questions(phimchai.api, project)}
