"""The guarantees G1 to G7 over the running system; `tests/faults` proves G1 to G4 under load and harder."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from prasan.cli import main
from prasan.demo.province import Province, until
from prasan.demo.scenes import queues_are_empty
from prasan.services import ServiceRefused
from shared.contracts.envelope import event_from_dict
from shared.messaging.publisher import Publisher
from tests.e2e.world import QUIET, SOON, World, counts

REASON = {"th": "ขยายเวลาตามมติที่ประชุม"}


def prasan(province: Province, *arguments: str) -> Any:
    """What the operator's command answers as JSON."""
    environment = province.stack.operator_environment()
    result = CliRunner().invoke(main, [*arguments, "--json"], env=environment)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout) if result.stdout.strip() else None


# G1: nothing is lost ---------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["projects", "partners", "notifications"])
def test_g1_a_killed_service_loses_nothing(world: World, service: str) -> None:
    """kill -9 right after a report, then a start: the mail still comes, once."""
    project, process = world.project(), world.province.stack.service(service)
    sponsor = world.sponsor(project)
    answer = world.report(project.milestones[0], "reach")
    process.kill()
    process.start()
    until(lambda: world.mails(sponsor), SOON)
    outcome = world.settled(project.milestones[0], answer["event_id"])
    assert counts(outcome) == {"accepted": 1}


def test_g1_a_killed_database_loses_nothing(world: World) -> None:
    """What was answered is stored: the database dies behind the report, and the mail still comes."""
    project = world.project()
    sponsor = world.sponsor(project)
    world.report(project.milestones[0], "reach")
    world.province.stack.database.kill()
    world.province.stack.database.start()
    until(lambda: world.mails(sponsor), 2 * SOON)


# G2: nothing is said twice ---------------------------------------------------------------------------


def test_g2_a_republished_event_sends_nothing_again(world: World) -> None:
    """Every event of an alert comes once more, at both services: nobody is told again."""
    project = world.project()
    sponsor = world.sponsor(project)
    event_id = world.report(project.milestones[0], "reach")["event_id"]
    world.wait_for_mails(sponsor, 1)
    for service in ("projects", "partners"):
        world.services.post(service, f"/v1/events/{event_id}/republish")
    world.wait_for_mails(sponsor, 1)
    assert counts(world.settled(project.milestones[0], event_id)) == {"accepted": 1}


# G3: newest wins -------------------------------------------------------------------------------------


def test_g3_an_alert_made_untrue_before_it_was_sent_is_superseded(world: World) -> None:
    """Rescheduled, then cancelled while no mail could be sent: only the cancellation is told."""
    project, sender = world.project(), world.province.stack.service("notifications")
    sponsor = world.sponsor(project)
    sender.stop()
    put_off = world.report(project.milestones[0], "reschedule", due_date="2027-02-26", reason=REASON)
    world.report(project.milestones[0], "cancel", reason=REASON)
    until(lambda: _resolved(world, put_off["event_id"]), SOON)
    sender.start()
    (mail,) = world.wait_for_mails(sponsor, 1)
    assert "ยกเลิก" in mail.subject
    outcome = world.settled(project.milestones[0], put_off["event_id"])
    assert counts(outcome) == {"superseded": 1}


# G4: work goes on ------------------------------------------------------------------------------------


def test_g4_without_a_broker_coordinators_still_report(world: World) -> None:
    """The report is answered, waits in the outbox for all to see, and is told when the broker is back."""
    stack = world.province.stack
    project = world.project()
    sponsor = world.sponsor(project)
    until(lambda: queues_are_empty(world.province), SOON)  # so that the sender knows the sponsor
    stack.broker.kill()
    try:
        begun = time.monotonic()
        answer = world.report(project.milestones[0], "reach")
        assert time.monotonic() - begun < 2
        history = world.services.get("projects", f"/v1/projects/{project.id}/history")["items"]
        assert answer["event_id"] in {event["id"] for event in history}
        waiting = until(lambda: [row for row in prasan(world.province, "outbox") if row["waiting"]], SOON)
        assert {row["service"] for row in waiting} == {"projects"}
        assert not stack.service("projects").ready()
    finally:
        stack.broker.start()
    world.wait_for_mails(sponsor, 1, seconds=2 * SOON)
    until(lambda: all(process.ready() for process in stack.processes()), SOON)


def test_g4_without_a_mail_server_everything_waits(world: World) -> None:
    """Nobody listens there: nothing fails, nothing counts against anybody, and all is told later."""
    project, mailbox = world.project(), world.province.stack.mailbox
    sponsor = world.sponsor(project)
    mailbox.kill()
    try:
        answer = world.report(project.milestones[0], "reach")
        until(lambda: world.outcome(project.milestones[0], answer["event_id"])["counts"], SOON)
        time.sleep(QUIET)
        assert set(counts(world.outcome(project.milestones[0], answer["event_id"]))) <= {
            "held",
            "pending",
            "sending",
        }
    finally:
        mailbox.start()
    world.wait_for_mails(sponsor, 1, seconds=3 * SOON)


# G5: nothing unreadable vanishes ---------------------------------------------------------------------


@pytest.fixture
def publisher(province: Province) -> Iterator[Publisher]:
    """Somebody who may publish what projects would."""
    publisher = Publisher(province.stack.broker.uri("projects"), "projects.events")
    yield publisher
    publisher.close()


def test_g5_a_broken_event_is_kept_shown_mended_and_replayed(
    world: World, publisher: Publisher, tmp_path: Path
) -> None:
    """The operator finds it with its cause, mends it, replays it, and its mail comes."""
    project = world.project()
    sponsor = world.sponsor(project)
    world.report(project.milestones[0], "start")
    good = _like_reached(world, project.id)
    broken = {
        **good,
        "data": {**good["data"], "project": {**good["data"]["project"], "visibility": "everybody"}},
    }
    publisher.publish(event_from_dict(broken))
    (letter,) = until(lambda: _letters(world, good["id"]), SOON)
    assert letter["cause"] == "wrong-schema" and letter["service"] == "partners"
    shown = prasan(world.province, "dead-letters", "show", letter["id"])
    assert json.loads(shown["body"])["id"] == good["id"]
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps(good), encoding="utf-8")
    prasan(world.province, "dead-letters", "replay", letter["id"], "--body", str(mended))
    (mail,) = world.wait_for_mails(sponsor, 1)
    assert "แล้วเสร็จ" in mail.subject and not _letters(world, good["id"])


# G6: looking changes nothing -------------------------------------------------------------------------


def test_g6_no_get_alters_state(world: World) -> None:
    """Every GET that the three services describe is asked; no document differs afterwards."""
    project = world.project()
    sponsor = world.sponsor(project)
    world.report(project.milestones[0], "reach")
    world.wait_for_mails(sponsor)
    before = until(lambda: _still_contents(world.province), SOON)
    for service in world.services.urls:
        for path in _get_paths(world, service):
            _look(world, service, path, project.id)
    assert _contents(world.province) == before


def test_g6_a_revoked_token_counts_no_more(world: World) -> None:
    """Revoked by the operator's command, it is refused by all three services within seconds."""
    stack = world.province.stack
    token = stack.token({"viewer"}, subject="integrator")
    token_id = json.loads(_payload(token))["jti"]
    headers = {"Authorization": f"Bearer {token}"}
    paths = {"projects": "/v1/projects", "partners": "/v1/partners"}
    assert all(httpx.get(stack.url(s) + p, headers=headers).status_code == 200 for s, p in paths.items())
    prasan(world.province, "token", "revoke", token_id)
    until(
        lambda: all(
            httpx.get(stack.url(s) + p, headers=headers).status_code == 401 for s, p in paths.items()
        ),
        8,
    )


# G7: bad input is refused whole ----------------------------------------------------------------------

BAD_PROJECT = {
    "title": {"th": "ชื่อ\r\nBcc: everybody@example.org"},
    "agency": {"th": "<b>หน่วยงาน</b>"},
    "fiscal_year": 2026,
    "missions": [7],
    "sectors": ["weather"],
    "areas": ["519999"],
    "visibility": "everybody",
    "surprise": True,
}


@pytest.mark.parametrize("language", ["th", "en"])
def test_g7_each_wrong_field_is_named_in_the_callers_language(world: World, language: str) -> None:
    """One problem document names every wrong field; nothing is stored."""
    before = _number_of_projects(world)
    with pytest.raises(ServiceRefused) as refused:
        world.services.call(
            "projects", "POST", "/v1/projects", body=BAD_PROJECT, headers={"Accept-Language": language}
        )
    named = {error["field"].split("/")[1] for error in refused.value.problem["errors"]}
    assert refused.value.status == 422
    assert named >= {
        "title",
        "coordinator",
        "fiscal_year",
        "missions",
        "sectors",
        "areas",
        "visibility",
        "surprise",
    }
    thai = any("\u0e00" <= letter <= "\u0e7f" for letter in refused.value.problem["title"])
    assert thai == (language == "th")
    assert _number_of_projects(world) == before


def test_g7_a_buddhist_year_where_a_gregorian_is_meant_says_so(world: World) -> None:
    """2569 in a date is refused with what to write instead."""
    project = world.project()
    with pytest.raises(ServiceRefused) as refused:
        world.report(project.milestones[0], "reach", reached_on="2569-11-23")
    assert refused.value.status == 422 and "2026" in " ".join(refused.value.fields)


# What the tests above ask ----------------------------------------------------------------------------


def _resolved(world: World, event_id: str) -> bool:
    try:
        return bool(world.services.get("partners", f"/v1/audiences/{event_id}")["complete"])
    except ServiceRefused:
        return False


def _like_reached(world: World, project_id: str) -> dict[str, Any]:
    """What projects would say if the started milestone were reached, one version later."""
    history = world.services.get("projects", f"/v1/projects/{project_id}/history")["items"]
    last: dict[str, Any] = history[-1]
    version = last["version"] + 1
    data = last["data"]
    milestone = {**data["milestone"], "version": version, "status": "reached", "reached_on": "2026-11-23"}
    project = {**data["project"], "version": version}
    return {
        **last,
        "id": f"{project_id}:{version}",
        "type": "projects.milestone.reached.v1",
        "version": version,
        "data": {**data, "project": project, "milestone": milestone, "before": data["milestone"]},
    }


def _letters(world: World, message_id: str) -> list[Any]:
    letters = prasan(world.province, "dead-letters", "list")
    return [letter for letter in letters if letter["message_id"] == message_id]


def _payload(token: str) -> bytes:
    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _number_of_projects(world: World) -> int:
    return len(list(world.services.items("projects", "/v1/projects")))


def _get_paths(world: World, service: str) -> list[str]:
    document = world.services.get(service, "/openapi.json")
    return [path for path, methods in document["paths"].items() if "get" in methods]


def _look(world: World, service: str, path: str, project_id: str) -> None:
    """Asks with the project's id in every placeholder; a refusal is a look as well."""
    try:
        world.services.call(service, "GET", re.sub(r"\{[^}]+\}", project_id, path))
    except ServiceRefused as refused:
        assert refused.status < 500, (service, path, refused.problem)


def _contents(province: Province) -> dict[str, Any]:
    """Every document of the three databases that is not a clock's."""
    found: dict[str, Any] = {}
    with province.stack.database.client() as client:
        for service in ("projects", "partners", "notifications"):
            for name in client[service].list_collection_names():
                if name != "leases":
                    found[f"{service}.{name}"] = sorted(map(repr, client[service][name].find()))
    return found


def _still_contents(province: Province) -> dict[str, Any] | None:
    """The contents, once they have stopped changing by themselves."""
    first = _contents(province)
    time.sleep(QUIET)
    return first if _contents(province) == first else None
