"""What came back over REST: looked at by operators alone, and handled once more."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from prasan.cli import main
from services.notifications.mail.tokens import REPLY
from shared.auth import issue_token
from shared.testing.broker import Broker
from shared.testing.process import python_environment
from shared.testing.service import ServiceProcess
from tests.integration.intake.world import Intake
from tests.integration.notifications.world import SETTINGS
from tests.unit.intake.mails import mail


@pytest.fixture
def service(empty_broker: Broker, database_uri: str, run_dir: Path) -> Iterator[ServiceProcess]:
    environment = {
        **python_environment(),
        "AMQP_URI": empty_broker.uri("notifications"),
        "MONGO_URI": database_uri,
        "PRASAN_SECRET_KEY": SETTINGS.prasan_secret_key,
    }
    process = ServiceProcess("notifications", environment, run_dir)
    process.start()
    yield process
    process.kill()


def ask(service: ServiceProcess, method: str, path: str, *roles: str) -> httpx.Response:
    token = issue_token(
        SETTINGS.prasan_secret_key, "o", roles, timedelta(hours=1), datetime.now(UTC), uuid.uuid4().hex
    )
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.request(method, service.url + path, headers=headers, timeout=30, trust_env=False)


def test_what_came_back_is_looked_at_and_handled_once_more(intake: Intake, service: ServiceProcess) -> None:
    """A mail whose delivery was not to be found yet does then what it asked for, once."""
    raw = mail(intake.signed.address(REPLY, intake.told_delivery()), "รายวัน")
    dispatch = intake.database["dispatches"].find_one() or {}
    intake.database["dispatches"].delete_many({})
    assert intake.comes(raw) == "unknown"
    intake.comes(mail("prasan@lamphun.example.org", "สวัสดี"))
    intake.database["dispatches"].insert_one(dispatch)

    (item,) = ask(service, "GET", "/v1/incoming?outcome=unknown", "operator").json()["items"]
    shown = ask(service, "GET", f"/v1/incoming/{item['id']}", "operator").json()
    assert base64.b64decode(shown["raw"]) == raw
    assert ask(service, "GET", "/v1/incoming", "coordinator", "viewer").status_code == 403
    assert ask(service, "GET", "/v1/incoming/nothing", "operator").status_code == 404

    path = f"/v1/incoming/{item['id']}/handle"
    assert ask(service, "POST", path, "operator").status_code == 202
    assert ask(service, "POST", path, "operator").status_code == 409
    intake.clock.advance(seconds=datetime.now(UTC).timestamp() - intake.clock.now().timestamp() + 60)
    intake.handle()
    assert ask(service, "POST", path, "operator").status_code == 202
    intake.clock.advance(minutes=1)
    intake.handle()

    assert [event["data"]["mode"] for event in intake.wished()] == ["daily"]


def test_the_command_line_shows_it_and_has_it_handled(intake: Intake, service: ServiceProcess) -> None:
    """`prasan incoming list`, `show`, `handle`."""
    intake.comes(mail("prasan@lamphun.example.org", "สวัสดี"))
    environment = {
        "PRASAN_SECRET_KEY": SETTINGS.prasan_secret_key,
        "NOTIFICATIONS_URL": service.url,
        "PRASAN_LANG": "en",
    }
    listed = CliRunner().invoke(
        main, ["incoming", "list", "--outcome", "unmatched", "--json"], env=environment
    )
    (item,) = json.loads(listed.stdout)
    shown = CliRunner().invoke(main, ["incoming", "show", item["id"]], env=environment)
    handled = CliRunner().invoke(main, ["incoming", "handle", item["id"]], env=environment)

    assert "Message-ID: <answer-" in shown.stdout
    assert (handled.exit_code, "handled once more" in handled.output) == (0, True)
    assert intake.database["incoming"].count_documents({"state": "new"}) == 1
