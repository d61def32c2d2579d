"""Settings: what the environment may say, and what it is told when it says something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.config import Settings, default_address, main, settings_of
from shared.errors import Misconfigured

GIVEN = {
    "AMQP_URI": "amqp://projects:hunter2@broker:5672//",
    "MONGO_URI": "mongodb://database/projects",
    "PRASAN_SECRET_KEY": "0123456789" * 4,
}
OTHER = "another key of tests that is longer than it has to be"


def test_defaults_are_those_of_a_careful_first_start() -> None:
    """Unless somebody says so, nothing is mailed, no link is written and an alert is held for two minutes."""
    settings = Settings.from_environment(GIVEN)

    assert (settings.mail_mode, settings.mail_links, settings.hold_seconds) == ("hold", False, 120)
    assert (settings.mail_lanes, settings.mail_daily_cap, settings.lease_seconds) == (4, 20_000, 60)
    assert settings.mail_from_name == "จังหวัดลำพูน (ประสาน)"


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("MAIL_LINKS", "on", "mail_links", True),
        ("MAIL_LINKS", "off", "mail_links", False),
        ("HOLD_SECONDS", "0", "hold_seconds", 0),
        ("MAIL_LANES", " 4 ", "mail_lanes", 4),
        ("MAIL_LANES", "", "mail_lanes", 4),
        ("REMINDERS_AT", "07:45", "reminders_at", "07:45"),
        ("LOG_LEVEL", "DEBUG", "log_level", "DEBUG"),
        ("PROJECTS_URL", "http://projects:8001", "projects_url", "http://projects:8001"),
        ("PRASAN_FAILPOINTS", "projects.stored=crash@1", "prasan_failpoints", "projects.stored=crash@1"),
    ],
)
def test_a_variable_becomes_the_field_of_its_name(variable: str, text: str, field: str, value: Any) -> None:
    """Field names are the variables' names in lower case; an empty variable counts as not set."""
    settings = Settings.from_environment({**GIVEN, variable: text})

    assert getattr(settings, field) == value


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"AMQP_URI": ""}, "AMQP_URI is not set"),
        ({"MONGO_URI": "   "}, "MONGO_URI is not set"),
        ({"PRASAN_SECRET_KEY": ""}, "PRASAN_SECRET_KEY is not set"),
        ({"PRASAN_SECRET_KEY": "short"}, "PRASAN_SECRET_KEY is too short"),
        ({"HOLD_SECONDS": "two minutes"}, "HOLD_SECONDS cannot be read: it takes a whole number from 0"),
        ({"HOLD_SECONDS": "-1"}, "HOLD_SECONDS cannot be read"),
        ({"MAIL_LANES": "0"}, "MAIL_LANES cannot be read: it takes a whole number from 1"),
        ({"REMINDERS_AT": "8.30"}, "REMINDERS_AT cannot be read: it takes an hour before offices close"),
        ({"REMINDERS_AT": "16:30"}, "REMINDERS_AT cannot be read"),
        ({"MAIL_MODE": "now"}, "MAIL_MODE cannot be read: it takes one of hold, redirect, send"),
        ({"MAIL_LINKS": "maybe"}, "MAIL_LINKS cannot be read: it takes on or off"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL cannot be read: it takes one of DEBUG"),
        ({"HTTP_ADDRESS": "8001"}, "HTTP_ADDRESS cannot be read: it takes host:port"),
        ({"HTTP_ADDRESS": "127.0.0.1:8001\r\nX: 1"}, "HTTP_ADDRESS cannot be read"),
        ({"SMTP_URL": "http://mail"}, "SMTP_URL cannot be read"),
        ({"MAIL_MODE": "redirect", "MAIL_FROM": "prasan@example.org"}, "MAIL_REDIRECT_TO is not set"),
        ({"MAIL_MODE": "send"}, "MAIL_FROM is not set"),
        ({"DKIM_DOMAIN": "example.org"}, "DKIM needs all three"),
        ({"PRASAN_SECRET_KEY_PREVIOUS": f"{OTHER},short"}, "PRASAN_SECRET_KEY_PREVIOUS cannot be read"),
        ({"PRASAN_SECRET_KEY_PREVIOUS": OTHER}, "PRASAN_FINGERPRINT_KEY is not set"),
        ({"PRASAN_FINGERPRINT_KEY": "short"}, "PRASAN_FINGERPRINT_KEY is too short"),
    ],
)
def test_a_wrong_setting_is_refused_by_name_with_what_to_do(change: dict[str, str], told: str) -> None:
    """The process does not start, and its last words name the variable."""
    with pytest.raises(Misconfigured) as refused:
        Settings.from_environment({**GIVEN, **change})

    assert told in str(refused.value)


def test_previous_secrets_are_separated_by_commas() -> None:
    """They verify tokens as well, unless one of them is known to others."""
    given = {
        **GIVEN,
        "PRASAN_SECRET_KEY_PREVIOUS": f" {OTHER} ,, {OTHER[::-1]}",
        "PRASAN_FINGERPRINT_KEY": OTHER,
    }
    settings = Settings.from_environment(given)
    careful = Settings.from_environment({**given, "PRASAN_PREVIOUS_TOKENS": "off"})

    assert settings.previous_secrets == careful.previous_secrets == (OTHER, OTHER[::-1])
    assert settings.nameko_config("projects")["PREVIOUS_TOKEN_SECRETS"] == settings.previous_secrets
    assert careful.nameko_config("projects")["PREVIOUS_TOKEN_SECRETS"] == ()


def test_no_secret_is_ever_repeated() -> None:
    """Neither the refusal of a setting nor the settings' own repr quotes a value."""
    with pytest.raises(Misconfigured) as refused:
        Settings.from_environment({**GIVEN, "PRASAN_SECRET_KEY": "hunter2"})

    assert "hunter2" not in str(refused.value)
    assert "hunter2" not in repr(Settings.from_environment(GIVEN))


def test_a_setting_may_stand_in_a_file(tmp_path: Path) -> None:
    """As docker's secrets do; the file's last line end is no part of it. A file's own name stays one."""
    file = tmp_path / "key"
    file.write_text(f"{OTHER}\n")
    given = {"AMQP_URI": "a", "MONGO_URI": "b", "PRASAN_SECRET_KEY_FILE": str(file)}

    assert Settings.from_environment(given).prasan_secret_key == OTHER
    dkim = {"DKIM_DOMAIN": "example.org", "DKIM_SELECTOR": "a", "DKIM_KEY_FILE": "/nowhere"}
    assert Settings.from_environment({**GIVEN, **dkim}).dkim_key_file == "/nowhere"


@pytest.mark.parametrize("content", [None, b"\xff\xfe key"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """And so is a setting that is given both ways."""
    file = tmp_path / "key"
    if content:
        file.write_bytes(content)
    with pytest.raises(Misconfigured, match="MONGO_URI_FILE cannot be read"):
        Settings.from_environment({**GIVEN, "MONGO_URI": "", "MONGO_URI_FILE": str(file)})
    with pytest.raises(Misconfigured, match="MONGO_URI and MONGO_URI_FILE are both set"):
        Settings.from_environment({**GIVEN, "MONGO_URI_FILE": str(file)})


def test_the_image_says_what_is_wrong_with_its_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`make up` asks before it starts anything."""
    for name in GIVEN:
        monkeypatch.setenv(name, GIVEN[name])
    main()
    monkeypatch.setenv("MAIL_MODE", "send")
    monkeypatch.delenv("MAIL_FROM", raising=False)
    with pytest.raises(SystemExit, match="MAIL_FROM is not set"):
        main()


def test_the_command_line_needs_less_than_a_service() -> None:
    """`required` names what must be there; a service needs broker, database and secret."""
    settings = Settings.from_environment({}, required=())

    assert settings.projects_url == "http://127.0.0.1:8001"


@pytest.mark.parametrize(
    ("service", "address"),
    [("projects", "127.0.0.1:8001"), ("partners", "127.0.0.1:8002"), ("notifications", "127.0.0.1:8003")],
)
def test_each_service_has_its_own_port(service: str, address: str) -> None:
    """Without HTTP_ADDRESS the three can run side by side, reachable from this machine only."""
    config = Settings.from_environment(GIVEN).nameko_config(service)

    assert config["WEB_SERVER_ADDRESS"] == default_address(service) == address


def test_a_container_carries_its_settings() -> None:
    """What nameko is configured with leads back to the settings."""
    settings = Settings.from_environment({**GIVEN, "HTTP_ADDRESS": "0.0.0.0:80"})

    config = settings.nameko_config("projects")

    assert settings_of(config) is settings
    assert config["WEB_SERVER_ADDRESS"] == "0.0.0.0:80"
    assert config["AMQP_URI"] == GIVEN["AMQP_URI"]
