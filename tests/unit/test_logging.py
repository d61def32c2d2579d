"""Logs: JSON lines, ours and the libraries', from which addresses and secrets have been taken out."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from shared.auth import issue_token
from shared.logging import REDACTED, configure_logging, redacted
from shared.sealing import Sealer

SECRET = "0123456789" * 4
TOKEN = issue_token(
    SECRET, "somchai", ["viewer"], timedelta(hours=1), datetime(2026, 11, 23, tzinfo=UTC), "t"
)
SEALED = Sealer(SECRET).seal({"address": "kamonwan@example.org"})


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("to kamonwan@example.org now", f"to {REDACTED} now"),
        ("<kamonwan.j+x@mail.example.org>,", f"<{REDACTED}>,"),
        ("KeyError('somchai@example.org')", f"KeyError('{REDACTED}')"),
        ("สมชาย@ตัวอย่าง.ไทย", REDACTED),
        ("{'to': ['a@example.org', 'b@example.org']}", f"{{'to': ['{REDACTED}', '{REDACTED}']}}"),
        ("amqp://projects:hunter2@broker:5672//", f"amqp://{REDACTED}@broker:5672//"),
        ("smtp+starttls://u@example.org:p%40ss@mail:587", f"smtp+starttls://{REDACTED}@mail:587"),
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {REDACTED}"),
        (f"token {TOKEN}!", f"token {REDACTED}!"),
        (f"sealed={SEALED}", f"sealed={REDACTED}"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", REDACTED),
    ],
)
def test_addresses_and_secrets_are_taken_out(text: str, clean: str) -> None:
    """Wherever they stand in a text, and in whichever script."""
    assert redacted(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "/v1/milestones/<milestone_id>/reach",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV:3:head",
        "amqp://broker:5672//",
        "ส่งแล้ว 11 ราย @ 09:30",
        "mongodb://127.0.0.1:27017/projects?retryWrites=false",
        "@consume handler",
    ],
)
def test_what_an_operator_needs_stays(text: str) -> None:
    """Ids, routes, hosts and counts are what logs are for."""
    assert redacted(text) == text


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    """A log line must never be the error."""
    redacted(text)


@pytest.fixture
def lines() -> Iterator[Any]:
    """Configured as in a service; calling it gives the lines so far."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    configure_logging("INFO", "projects", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def test_a_line_is_one_json_object(lines: Any) -> None:
    """With time, level, service and Thai that can be read."""
    structlog.get_logger("test").info(
        "relay.published", type="projects.milestone.reached.v1", note="ลำพูน\nสอง"
    )

    [line] = lines()
    assert (line["message"], line["level"], line["service"], line["logger"]) == (
        "relay.published",
        "info",
        "projects",
        "test",
    )
    assert line["note"] == "ลำพูน\nสอง"
    assert line["timestamp"].endswith("Z")


def test_libraries_are_logged_and_cleaned_alike(lines: Any) -> None:
    """The standard library's loggers, their arguments and tracebacks included."""
    logging.getLogger("somebody.elses").warning("cannot reach %s", "amqp://u:hunter2@broker")
    try:
        raise KeyError("kamonwan@example.org")
    except KeyError:
        logging.getLogger("somebody.elses").exception("failed for %(who)s", {"who": "a@example.org"})

    first, second = lines()
    assert first["message"] == f"cannot reach amqp://{REDACTED}@broker"
    assert second["message"] == f"failed for {REDACTED}"
    assert "KeyError" in second["exception"]
    assert "example.org" not in json.dumps([first, second])


def test_values_inside_of_values_are_cleaned(lines: Any) -> None:
    """By what they look like, and by what they are called."""
    structlog.get_logger("test").warning(
        "odd",
        password="hunter2",
        settings={"PRASAN_SECRET_KEY": "hunter2", "list": [("a@example.org", 1, None, True)]},
        error=ValueError("b@example.org"),
    )

    [line] = lines()
    assert line["password"] == line["settings"]["PRASAN_SECRET_KEY"] == REDACTED
    assert line["settings"]["list"] == [[REDACTED, 1, None, True]]
    assert line["error"] == REDACTED


def test_quiet_levels_stay_quiet(lines: Any) -> None:
    """LOG_LEVEL counts for everybody, and protocol chatter is never asked for."""
    structlog.get_logger("test").debug("too much")
    logging.getLogger("amqp.connection").info("Start from server")

    assert lines() == []
