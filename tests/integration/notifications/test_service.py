"""The service as a process of its own: REST, queues, pause, crashes and an orderly end."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pymongo.database import Database

from shared.auth import issue_token
from shared.contracts.envelope import Event
from shared.messaging.publisher import Outgoing, Publisher
from shared.sealing import Sealer
from shared.testing.broker import Broker
from shared.testing.mailbox import Mailbox
from shared.testing.service import ServiceProcess
from tests.unit.notifications.scenes import SECRET, about, audience_page, members, reason

LEASE_SECONDS = 5
ROOT = Path(__file__).parents[3]


class Running:
    """The service, what speaks to it, and what it said."""

    def __init__(
        self, broker: Broker, database: Database[Any], uri: str, mailbox: Mailbox, directory: Path
    ) -> None:
        self.database, self.mailbox = database, mailbox
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "AMQP_URI": broker.uri("notifications"),
            "MONGO_URI": uri,
            "SMTP_URL": mailbox.url,
            "MAIL_FROM": "prasan@lamphun.example.org",
            "MAIL_MODE": "send",
            "PRASAN_SECRET_KEY": SECRET,
            "LEASE_SECONDS": str(LEASE_SECONDS),
        }
        self._directory = directory
        self.service = self.replica(0)
        self.partners = Publisher(broker.uri("partners"), "partners.events")
        self._sealer = Sealer(SECRET)

    def replica(self, number: int) -> ServiceProcess:
        return ServiceProcess("notifications", self._environment, self._directory, number)

    def ask(self, method: str, path: str, *roles: str, **given: Any) -> httpx.Response:
        token = issue_token(SECRET, "tester", roles, timedelta(hours=1), datetime.now(UTC), "token")
        headers = {"Authorization": f"Bearer {token}", **given.pop("headers", {})}
        return httpx.request(method, self.service.url + path, headers=headers, timeout=30, **given)

    def know(self, *contact_ids: str) -> None:
        self.partners.publish_all([self._contact(contact_id) for contact_id in contact_ids])

    def tell(self, *contact_ids: str, version: int = 12, **given: Any) -> str:
        subject = about(version=version, time=datetime.now(UTC), **given)
        self.partners.publish(audience_page(subject, members(*contact_ids)))
        return str(subject["id"])

    def deliveries(self, event_id: str) -> list[dict[str, Any]]:
        answer = self.ask("GET", f"/v1/deliveries?event={event_id}&limit=200", "viewer")
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    def all_are(self, state: str, event_id: str, count: int) -> Callable[[], bool]:
        def reached() -> bool:
            found = self.deliveries(event_id)
            return len(found) == count and all(each["state"] == state for each in found)

        return reached

    def figures(self) -> dict[str, float]:
        """What Prometheus reads."""
        lines = self.ask("GET", "/metrics", "viewer").text.splitlines()
        pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
        return {name: float(value) for name, value in pairs}

    def _contact(self, contact_id: str) -> Event:
        address = f"{contact_id}@example.org"
        person = {"address": address, "name": "กมลวรรณ ใจงาม", "salutation": "คุณ", "position": None}
        data = {
            "contact_id": contact_id,
            "contact_version": 1,
            "sealed": self._sealer.seal(person),
            "fingerprint": self._sealer.fingerprint(address),
            "language": "th",
            "quiet_hours": None,
            "lawful_basis": "public_task",
            "unsubscribed": False,
        }
        return Event(
            id=f"{contact_id}:1",
            type="partners.contact.changed.v1",
            source="prasan/partners",
            subject=f"contacts/{contact_id}",
            time=datetime.now(UTC),
            version=1,
            data=data,
        )


def until(reached: Callable[[], object], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)


@pytest.fixture
def installed(
    empty_broker: Broker, database: Database[Any], database_uri: str, mailbox: Mailbox, tmp_path: Path
) -> Iterator[Running]:
    """Not started yet."""
    running = Running(empty_broker, database, database_uri, mailbox, tmp_path)
    yield running
    running.service.kill()
    running.partners.close()


@pytest.fixture
def running(installed: Running) -> Running:
    installed.service.start()
    return installed


def test_an_alert_becomes_mails_and_outcomes(running: Running) -> None:
    """Over the real broker; what it looks like over REST; and nobody's address in the log."""
    people = [f"c{number:02}" for number in range(30)]
    running.know(*people)
    event_id = running.tell(*people)
    until(running.all_are("accepted", event_id, 30))
    assert Counter(mail.recipients[0] for mail in running.mailbox.messages()) == Counter(
        f"{each}@example.org" for each in people
    )
    shown = running.ask("GET", f"/v1/deliveries/{event_id}:0:1:4", "coordinator").json()
    assert shown["contact_id"] == "c29"
    assert "เรียน คุณกมลวรรณ" in shown["message"]["text"]
    recorded = running.ask("GET", f"/v1/dispatches?event={event_id}", "operator").json()
    assert recorded["pages"] == [0]
    assert [each["recipients"] for each in recorded["items"]] == [25, 5]
    assert "@example.org" not in running.service.log()
    until(lambda: running.database.dispatches.find_one({"outbox.id": {"$exists": True}}) is None)


def test_pause_holds_everything_and_resume_lets_it_go(running: Running) -> None:
    """From a second on, whatever arrives."""
    assert running.ask("POST", "/v1/sending/pause", "operator").json()["paused"] is True
    time.sleep(1.2)
    running.know("a")
    event_id = running.tell("a")
    until(lambda: running.deliveries(event_id))
    time.sleep(1.2)
    assert running.deliveries(event_id)[0]["state"] == "pending"
    sending = running.ask("GET", "/v1/sending", "coordinator").json()
    assert (sending["paused"], sending["by"], sending["waiting_dispatches"]) == (True, "tester", 1)
    until(lambda: running.figures()["prasan_oldest_due_seconds"] > 0)
    assert running.figures()["prasan_dispatches_due"] == 1
    running.ask("POST", "/v1/sending/resume", "operator")
    until(running.all_are("accepted", event_id, 1))
    figures = running.figures()
    assert (figures["prasan_dispatches_due"], figures["prasan_oldest_due_seconds"]) == (0, 0)
    assert figures['prasan_mails_total{verdict="taken"}'] == 1
    assert figures["prasan_report_to_acceptance_seconds_sum"] > 2.4


def test_what_cannot_be_recorded_is_kept_with_its_cause(running: Running) -> None:
    """A page that conflicts, one that no mail can be about, and one that is no event at all."""
    event_id = running.tell("a", "b")
    until(lambda: running.deliveries(event_id))
    page = audience_page(about(), members("a", "b", "c"))
    unwritable = audience_page(about(version=20, data={"milestone": None}), members("a"))
    running.partners.publish_all([page, unwritable])
    garbage = b"\x89PNG not an event"
    running.partners.send_all([Outgoing("partners.audience.page.v1", garbage, "garbage")])
    until(lambda: running.database.dead_letters.count_documents({}) == 3)
    causes = {letter["cause"] for letter in running.database.dead_letters.find()}
    assert causes == {"conflicting-duplicate", "wrong-schema", "not-json"}
    figures = running.figures()
    assert (figures["prasan_dead_letters_waiting"], figures["prasan_database_answers"]) == (3, 1)
    assert len(running.deliveries(event_id)) == 2


@pytest.mark.parametrize(
    "failpoint",
    ["dispatch.stored", "dispatch.claimed", "window.recorded", "window.sent", "dispatch.settled"],
)
def test_killed_after_any_durable_step_everybody_is_told(installed: Running, failpoint: str) -> None:
    """kill -9, then started again: nobody missed, nobody told twice outside one window in doubt."""
    people = [f"c{number:02}" for number in range(12)]
    installed.service.launch(failpoints=f"{failpoint}=crash@1")
    installed.service.wait_until_ready()
    installed.know(*people)
    until(lambda: installed.database.contacts.count_documents({}) == 12)
    event_id = installed.tell(*people)
    until(lambda: not installed.service.running)
    installed.service.start()
    until(installed.all_are("accepted", event_id, 12))

    told = Counter(mail.recipients[0].partition("@")[0] for mail in installed.mailbox.messages())
    in_doubt = {each["contact_id"] for each in installed.deliveries(event_id) if each["doubts"]}
    assert set(told) == set(people)
    assert {each for each, times in told.items() if times > 1} <= in_doubt
    assert len(in_doubt) <= 5


def test_a_process_frozen_past_its_lease_is_replaced_and_does_no_harm(installed: Running) -> None:
    """A second replica takes over; the first one wakes, is fenced, and sends nothing more."""
    people = [f"c{number:02}" for number in range(12)]
    installed.service.start(failpoints=f"window.recorded=freeze@2:{LEASE_SECONDS * 3}")
    installed.know(*people)
    until(lambda: installed.database.contacts.count_documents({}) == 12)
    event_id = installed.tell(*people)
    until(lambda: len(installed.mailbox.messages()) == 5)
    second = installed.replica(1)
    frozen, installed.service = installed.service, second
    try:
        second.start()
        until(installed.all_are("accepted", event_id, 12))
        until(frozen.ready)
        time.sleep(1)
        told = Counter(mail.recipients[0].partition("@")[0] for mail in installed.mailbox.messages())
        in_doubt = {each["contact_id"] for each in installed.deliveries(event_id) if each["doubts"]}
        assert set(told) == set(people)
        assert {each for each, times in told.items() if times > 1} <= in_doubt
        assert len(in_doubt) == 5
    finally:
        frozen.kill()


def test_told_to_stop_it_settles_what_it_sent(running: Running) -> None:
    """SIGTERM in the middle of an alert: nothing is in doubt, and the next process sends the rest."""
    people = [f"c{number:03}" for number in range(400)]
    running.know(*people)
    until(lambda: running.database.contacts.count_documents({}) == 400)
    event_id = running.tell(*people)
    until(lambda: len(running.mailbox.messages()) >= 20)
    running.service.stop()
    assert running.database.dispatches.find_one({"lease": {"$exists": True}}) is None
    running.service.start()
    until(lambda: len(running.mailbox.messages()) >= 400)
    until(lambda: running.database.dispatches.find_one({"due_at": {"$exists": True}}) is None)
    told = Counter(mail.recipients[0] for mail in running.mailbox.messages())
    assert len(told) == 400
    assert set(told.values()) == {1}
    assert not [each for each in running.deliveries(event_id) if each["doubts"]]


def test_the_surface(running: Running) -> None:
    """Everything that a caller may do, and what becomes of those who may not or cannot say it."""
    document = running.ask("GET", "/openapi.json", "viewer").json()
    OpenAPIV31SpecValidator(document).validate()
    _only_with_the_role(running)
    _suppressions(running)
    _previews(running)
    _telling_by_hand(running)
    for path, status in {
        "/v1/deliveries": 422,
        "/v1/deliveries?state=accepted": 422,
        "/v1/deliveries?event=a&state=exploded": 422,
        "/v1/deliveries?event=a&colour=red": 422,
        "/v1/deliveries?event=%00": 422,
        "/v1/deliveries?event=a&limit=5000": 422,
        "/v1/deliveries/nothing": 404,
        "/v1/dispatches": 422,
        "/v1/dispatches?event=unknown": 200,
        "/v1/by-hand": 200,
        "/v1/by-hand?district=5101&told=true&project=a&milestone=b": 200,
        "/v1/by-hand?district=9999": 422,
        "/v1/by-hand?told=perhaps": 422,
        "/v1/by-hand/nothing": 404,
        "/v1/suppressions": 200,
    }.items():
        answer = running.ask("GET", path, "operator", "coordinator")
        assert answer.status_code == status, (path, answer.text)
        if status != 200:
            assert answer.headers["Content-Type"] == "application/problem+json"


def _only_with_the_role(running: Running) -> None:
    for method, path in (
        ("POST", "/v1/sending/pause"),
        ("POST", "/v1/sending/resume"),
        ("GET", "/v1/suppressions"),
        ("POST", "/v1/suppressions"),
        ("GET", "/v1/deliveries/a:0:0:0"),
        ("GET", "/v1/by-hand"),
        ("POST", "/v1/by-hand/a:0:0:0/told"),
        ("DELETE", "/v1/by-hand/a:0:0:0/told"),
        ("POST", "/v1/messages/preview"),
    ):
        assert running.ask(method, path, "viewer", json={}).status_code == 403, path
        assert httpx.request(method, running.service.url + path).status_code == 401, path


def _telling_by_hand(running: Running) -> None:
    path = "/v1/by-hand/a:0:0:0/told"
    for wrong in (
        {},
        {"how": "pigeon"},
        {"how": "line", "at": "2569-11-23T05:00:00Z"},
        {"how": "line", "x": 1},
    ):
        assert running.ask("POST", path, "coordinator", json=wrong).status_code == 422, wrong
    assert running.ask("POST", path, "coordinator", json={"how": "line"}).status_code == 404
    assert running.ask("DELETE", path, "coordinator").status_code == 428


def _suppressions(running: Running) -> None:
    answer = running.ask("POST", "/v1/suppressions", "operator", json={"address": "Gone@example.org"})
    assert answer.status_code == 201
    found, path = answer.json(), f"/v1/suppressions/{answer.json()['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert "example" not in answer.text
    assert running.ask("GET", path, "operator").json() == found
    assert running.ask("DELETE", path, "operator").status_code == 428
    assert running.ask("DELETE", path, "operator", headers={"If-Match": '"9"'}).status_code == 412
    assert running.ask("DELETE", path, "operator", headers={"If-Match": '"1"'}).status_code == 204
    assert running.ask("GET", path, "operator").status_code == 404
    for wrong in ({}, {"address": "a\r\nb"}, {"address": 5}, {"address": "a@b", "colour": "red"}):
        assert running.ask("POST", "/v1/suppressions", "operator", json=wrong).status_code == 422


def _previews(running: Running) -> None:
    def preview(body: Mapping[str, Any]) -> httpx.Response:
        return running.ask("POST", "/v1/messages/preview", "coordinator", json=body)

    shown = preview({"about": about(), "reasons": [reason()]})
    assert shown.status_code == 200, shown.text
    assert shown.json()["subject"].startswith("แล้วเสร็จ")
    assert preview({"about": about(), "language": "en"}).json()["language"] == "en"
    for wrong in (
        {},
        {"about": about("exploded")},
        {"about": about(data={"milestone": None})},
        {"about": about(), "language": "xx"},
        {"about": about(), "reasons": [{"code": "nobody"}]},
    ):
        assert preview(wrong).status_code == 422, wrong
    assert not running.mailbox.messages()
