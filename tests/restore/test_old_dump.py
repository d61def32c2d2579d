"""A dump from before schemas had versions, restored into the system of today, which then works on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from prasan.services import Services
from shared.config import Settings
from shared.testing.stack import Stack
from tests.faults.world import until
from tests.restore import old_dump
from tests.restore.stage import as_json, destroy_and_restore, nothing_waits


@pytest.fixture(scope="module")
def services(stack: Stack) -> Iterator[Services]:
    """The services on the restored dump, at rest."""
    destroy_and_restore(stack, old_dump.FILE)
    settings = Settings.from_environment(stack.operator_environment(), required=())
    with Services(settings, subject="phimchai") as services:
        until(lambda: nothing_waits(stack), "outboxes are empty")
        stack.broker.wait_until_drained()
        yield services


def deliveries(services: Services) -> dict[str, Any]:
    """contact → delivery."""
    found = services.items("notifications", "/v1/deliveries", event=old_dump.REACHED)
    return {delivery["contact_id"]: delivery for delivery in found}


def test_the_project_is_there_with_its_history(services: Services) -> None:
    """Then project, milestone and every event can be read as before."""
    milestone = services.get("projects", f"/v1/milestones/{old_dump.MILESTONE}")
    history = services.get("projects", f"/v1/projects/{old_dump.PROJECT}/history")

    assert milestone["status"] == "reached"
    assert [event["id"] for event in history["items"]][-1] == old_dump.REACHED


def test_what_was_not_sent_is_held(services: Services) -> None:
    """Then nobody was mailed, and the outcome says how many are held back."""
    assert [d["why"] for d in deliveries(services).values()].count("restored") == 3
    (alert,) = services.get("projects", f"/v1/milestones/{old_dump.MILESTONE}/outcome")["alerts"]
    assert {"state": "held", "why": "restored", "count": 3} in [
        {name: count[name] for name in ("state", "why", "count")} for count in alert["counts"]
    ]


def test_release_sends_it_to_whom_it_may_go(stack: Stack, services: Services) -> None:
    """When it is released: mailed once, by hand as before, the erased never, the quiet later."""
    assert as_json(stack, "deliveries", "release", "--yes") == {"released": 3}
    until(lambda: deliveries(services)[old_dump.BY_MAIL]["state"] == "accepted", "it is sent")
    found = deliveries(services)
    sent = [mail.recipients for mail in stack.mailbox.messages() if "mail@example.org" in mail.recipients]

    assert sent == [["mail@example.org"]] or sent == [("mail@example.org",)]
    assert found[old_dump.BY_HAND]["state"] == "by_hand"
    assert found[old_dump.ERASED]["state"] in ("suppressed", "uncertain")
    assert not any("erased@example.org" in mail.recipients for mail in stack.mailbox.messages())
    assert found[old_dump.QUIET]["state"] in ("held", "pending", "accepted")


def test_reports_go_on_above_the_old_versions(services: Services) -> None:
    """When the milestone is corrected, its event has an id that was never given, and is told."""
    milestone = services.get("projects", f"/v1/milestones/{old_dump.MILESTONE}")
    answer = services.post(
        "projects",
        f"/v1/milestones/{old_dump.MILESTONE}/correct",
        {"reason": {"th": "ตัวเลขผิด"}, "note": {"th": "50 ครั้ง"}},
        if_match=milestone["version"],
    )
    version = int(answer["event_id"].rpartition(":")[2])

    assert version > 1_700_000_000
    until(lambda: _told(services, answer["event_id"]), "the correction is told")


def _told(services: Services, event_id: str) -> bool:
    found = services.items("notifications", "/v1/deliveries", event=event_id)
    return any(delivery["state"] == "accepted" for delivery in found)
