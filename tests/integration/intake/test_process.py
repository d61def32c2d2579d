"""`python -m services.notifications.intake` as it runs in production: threads, health, one click, crashes."""

from __future__ import annotations

import http.client
import json
import smtplib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.notifications.mail.tokens import REPLY
from shared.testing.clock import FixedClock
from shared.testing.mailbox import Mailbox
from shared.testing.ports import free_port
from shared.testing.process import python_environment
from shared.testing.service import ServiceProcess
from tests.integration.intake.world import Intake
from tests.integration.notifications.world import SETTINGS
from tests.unit.intake.mails import mail


class Running:
    """The process beside a world whose database it shares."""

    def __init__(self, world: Intake, database_uri: str, run_dir: Path) -> None:
        self.world, self.lmtp_port = world, free_port()
        self.process = ServiceProcess(
            "notifications.intake",
            {
                **python_environment(),
                "MONGO_URI": database_uri,
                "PRASAN_SECRET_KEY": SETTINGS.prasan_secret_key,
                "MAIL_FROM": SETTINGS.mail_from,
                "MAIL_MODE": "send",
                "SMTP_URL": world.mailbox.url,
                "LMTP_ADDRESS": f"127.0.0.1:{self.lmtp_port}",
            },
            run_dir,
        )

    def hand_over(self, raw: bytes, to: str) -> None:
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as client:
            client.sendmail("c1@example.org", [to], raw)

    def ask(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.process.port, timeout=10)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        try:
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@pytest.fixture
def running(intake: Intake, database_uri: str, run_dir: Path) -> Iterator[Running]:
    found = Running(intake, database_uri, run_dir)
    yield found
    found.process.kill()


def eventually(found: Callable[[], Any], seconds: float = 60) -> Any:
    ends = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < ends, "it never happened"
        time.sleep(0.05)
    return value


def test_an_answer_handed_over_is_followed_acknowledged_and_survives_a_kill(
    running: Running, mailbox: Mailbox, clock: FixedClock
) -> None:
    """Killed once a mail is kept and once while its acknowledgement is on the way; no mail is done twice."""
    world, process = running.world, running.process
    delivery = world.told_delivery()
    to = world.signed.address(REPLY, delivery)
    process.start("acknowledgement.claimed=crash@1")

    running.hand_over(mail(to, "รายวัน"), to)
    eventually(lambda: not process.running)
    process.start()
    second = mail(to, "รายสัปดาห์")
    for _ in range(3):
        running.hand_over(second, to)
    told = eventually(lambda: [m.subject for m in mailbox.messages() if m.envelope_from == "<>"])

    assert told == ["เปลี่ยนเป็นสรุปรายสัปดาห์แล้ว"]
    assert [event["data"]["mode"] for event in world.wished()] == ["daily", "weekly"]
    assert world.database["incoming"].count_documents({}) == 2
    process.stop()
    assert process.exit_code == 0
    assert "example.org" not in process.log()


def test_health_figures_and_one_click(running: Running) -> None:
    """A look changes nothing: only a POST to a genuine address stops."""
    world = running.world
    page = f"/unsubscribe/{world.signed.page(world.told_delivery())}"
    running.process.start()

    status, body = running.ask("GET", "/readyz")
    assert (status, json.loads(body)) == (200, {"database": "ok", "lmtp": "ok"})
    assert running.ask("GET", "/healthz")[0] == 200
    assert "prasan_incoming_total" in running.ask("GET", "/metrics")[1]

    assert running.ask("GET", page)[0] == 405
    assert world.wished() == []
    assert running.ask("POST", page[:-1] + "x", "List-Unsubscribe=One-Click")[0] == 404
    assert running.ask("POST", page, "x" * 20_000)[0] == 413
    assert running.ask("POST", "/unsubscribe/" + "x" * 5_000)[0] == 404
    assert running.ask("POST", "/healthz")[0] == 404
    assert running.ask("POST", page, "List-Unsubscribe=One-Click")[0] == 200
    assert [event["data"]["by"] for event in world.wished()] == ["one_click"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"LMTP_ADDRESS": "nonsense"}, "LMTP_ADDRESS"),
        ({"IMAP_URL": "pop://a:b@c"}, "IMAP_URL"),
        ({"IMAP_URL": "imap://nobody.example.org"}, "IMAP_URL"),
        ({"MAIL_FROM": ""}, "MAIL_FROM"),
    ],
)
def test_a_wrong_setting_is_named_at_the_start(running: Running, wrong: dict[str, str], says: str) -> None:
    """And its value, which may hold a password, is not."""
    running.process.environment.update(wrong)
    running.process.launch()
    eventually(lambda: not running.process.running)
    assert says in running.process.log()
    assert "Traceback" not in running.process.log()
