"""`prasan check` against the real broker, database and mail server: what is well, what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from prasan.cli import main
from shared.testing.broker import Broker
from shared.testing.mailbox import Mailbox

SECRET = "q7Wm-3kZ0pXr9sLv5tYb8nHc1dGf4jAe6uRi2oTxC"
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def environment(broker: Broker, database_uri: str, mailbox: Mailbox) -> dict[str, str]:
    """Everything right, but no service running."""
    return {
        "PRASAN_SECRET_KEY": SECRET,
        "AMQP_URI": broker.uri("operator"),
        "MONGO_URI": database_uri,
        "SMTP_URL": mailbox.url,
        "PROJECTS_URL": NOWHERE,
        "PARTNERS_URL": NOWHERE,
        "NOTIFICATIONS_URL": NOWHERE,
    }


def findings(environment: dict[str, str]) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["check", "--json", "--lang", "en"], env=environment)
    return {finding["code"]: finding for finding in json.loads(result.stdout)}


def test_broker_queues_database_clock_and_mail_are_proved(
    environment: dict[str, str], mailbox: Mailbox
) -> None:
    """With everything right each part is ✔, and no mail was sent to find out."""
    found = findings(environment)
    assert {code for code, finding in found.items() if finding["ok"]} >= {
        "settings", "secret", "broker", "queues", "database", "clock", "mail", "mail.hold",
    }  # fmt: skip
    assert found["clock"]["seconds"] < 1 and "PIPELINING" in found["mail"]["offers"]
    assert mailbox.messages() == []


@pytest.mark.parametrize("user", ["projects", "partners", "notifications"])
def test_each_service_may_prove_the_queues_with_its_own_rights(
    environment: dict[str, str], broker: Broker, user: str
) -> None:
    """The check works inside a service's container as well: looking at a queue needs no right."""
    assert findings({**environment, "AMQP_URI": broker.uri(user)})["queues"]["ok"]


def test_a_wrong_password_is_told_from_a_silent_broker(environment: dict[str, str], broker: Broker) -> None:
    """Each gets its own advice, and neither password nor user is printed."""
    wrong = f"amqp://projects:not-the-password@127.0.0.1:{broker.port}//"
    refused = CliRunner().invoke(main, ["check", "--lang", "en"], env={**environment, "AMQP_URI": wrong})
    assert "refuses this user" in refused.stdout and "not-the-password" not in refused.output
    silent = findings({**environment, "AMQP_URI": "amqp://projects:x@127.0.0.1:1//"})
    assert silent["broker.silent"]["ok"] is False


def test_a_cluster_is_well_while_one_of_its_nodes_answers(
    environment: dict[str, str], broker: Broker
) -> None:
    """AMQP_URI may name several nodes; the text names each, and no password."""
    cluster = f"amqp://operator:hunter2@127.0.0.1:1//;{broker.uri('operator')}"
    found = findings({**environment, "AMQP_URI": cluster})
    assert found["broker"]["ok"] and found["queues"]["ok"]
    assert f"127.0.0.1:1, 127.0.0.1:{broker.port}" in found["broker"]["message"]
    assert "hunter2" not in json.dumps(found)


def test_a_missing_queue_is_named(
    environment: dict[str, str], broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that never loaded the definitions is found before a message is lost."""
    monkeypatch.setattr("prasan.checks.broker.SERVICES", ("projects", "weather"))
    found = findings(environment)
    assert not found["queues"]["ok"] and "weather.dead, weather.events" in found["queues"]["message"]


def test_a_silent_database_is_reported(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody at MONGO_URI: ✘ with advice, and no traceback."""
    monkeypatch.setattr("prasan.checks.database._MILLISECONDS", 300)
    found = findings({**environment, "MONGO_URI": "mongodb://127.0.0.1:1/x"})
    assert found["database.silent"]["ok"] is False


def test_a_clock_that_is_off_is_reported(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More skew than allowed is ✘ with how to mend it."""
    monkeypatch.setattr("prasan.checks.database.LARGEST_SKEW", -1.0)
    assert not findings(environment)["clock"]["ok"]


@pytest.mark.parametrize(
    ("scheme", "code"),
    [("smtp+starttls", "mail.lacking"), ("smtps", "mail.silent")],
)
def test_a_mail_server_without_what_is_asked(
    environment: dict[str, str], mailbox: Mailbox, scheme: str, code: str
) -> None:
    """STARTTLS or TLS asked of a server without it is ✘, never a fallback to plain text."""
    found = findings({**environment, "SMTP_URL": f"{scheme}://127.0.0.1:{mailbox.port}"})
    assert found[code]["ok"] is False and "mail" not in found


def test_before_a_mail_server_is_named_nobody_misses_it(environment: dict[str, str]) -> None:
    """At a first start mail is held, and SMTP_URL is empty; once mail may go out it has to answer."""
    without = {**environment, "SMTP_URL": "", "MAIL_FROM": "prasan@example.org"}
    assert not {"mail", "mail.silent"} & findings({**without, "MAIL_MODE": "hold"}).keys()
    assert {"mail", "mail.silent"} & findings({**without, "MAIL_MODE": "send"}).keys()


def test_a_mail_server_that_asks_for_a_password(environment: dict[str, str], mailbox: Mailbox) -> None:
    """Credentials for a server that offers no AUTH are reported, and the password is not shown."""
    url = f"smtp://somebody:hunter2@127.0.0.1:{mailbox.port}"
    result = CliRunner().invoke(main, ["check", "--lang", "en"], env={**environment, "SMTP_URL": url})
    assert "✘ Mail server" in result.stdout and "hunter2" not in result.output
