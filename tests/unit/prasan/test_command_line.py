"""The operator's command line: help in two languages, errors that say what to do, JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from prasan.cli import COMMANDS, main
from prasan.screen import LOCALE, catalogue
from shared.auth import verify_token
from shared.i18n import texts_of

SECRET = "q7Wm-3kZ0pXr9sLv5tYb8nHc1dGf4jAe6uRi2oTxC"
NOWHERE = "http://127.0.0.1:1"  # a port that nothing listens on
ENVIRONMENT: Mapping[str, str | None] = {
    "PRASAN_SECRET_KEY": SECRET,
    "PROJECTS_URL": NOWHERE,
    "PARTNERS_URL": NOWHERE,
    "NOTIFICATIONS_URL": NOWHERE,
    "PRASAN_LANG": None,
}


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env={**ENVIRONMENT, **environment})


def test_help_is_thai_first() -> None:
    """Without a choice, help speaks Thai and names every command and exit code."""
    result = run("--help")
    assert result.exit_code == 0 and "เครื่องมือของผู้ดูแลระบบ" in result.output
    assert all(str(command.name) in result.output for command in COMMANDS)
    assert "130" in result.output


@pytest.mark.parametrize("arguments", [("--lang", "en", "check", "--help"), ("check", "--lang=en", "--help")])
def test_help_speaks_english_when_asked(arguments: tuple[str, ...]) -> None:
    """`--lang en` before or after the command turns its help English."""
    assert "Prove every part" in run(*arguments).output


def test_the_environment_may_choose_the_language() -> None:
    """PRASAN_LANG=en chooses for every call."""
    assert "operator's tool" in run("--help", PRASAN_LANG="en").output


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.name)
def test_every_command_and_option_has_words_in_both_languages(command: object) -> None:
    """No help text shows a bare catalogue key."""
    paths = [[command.name]]  # type: ignore[attr-defined]  # click's Command
    paths += [[command.name, name] for name in getattr(command, "commands", {})]  # type: ignore[attr-defined]  # same
    for path in paths:
        for language in ("th", "en"):
            result = run(*path, "--lang", language, "--help")
            assert result.exit_code == 0 and "help." not in result.output


@pytest.mark.parametrize(
    "arguments", [("outbox",), ("deliveries",), ("dead-letters", "list"), ("pause",), ("token", "list")]
)
def test_a_silent_service_is_named_with_what_to_do(arguments: tuple[str, ...]) -> None:
    """Nobody at the address: exit 3, the service and its variable are named, and no traceback."""
    result = run(*arguments, "--lang", "en")
    assert result.exit_code == 3
    assert "does not answer at http://127.0.0.1:1" in result.stderr and "_URL" in result.stderr
    assert "Traceback" not in result.output


def test_a_missing_secret_is_named_with_what_to_do() -> None:
    """Without PRASAN_SECRET_KEY: exit 4, and how to make one."""
    result = run("outbox", PRASAN_SECRET_KEY="")
    assert result.exit_code == 4 and "token_urlsafe" in result.stderr


@pytest.mark.parametrize("url", ["not a url", "ftp://x", "http://[::1"])
def test_a_wrong_address_is_no_crash(url: str) -> None:
    """An address that cannot be one is reported like a silent service."""
    result = run("outbox", PROJECTS_URL=url)
    assert result.exit_code == 3 and "Traceback" not in result.output


def test_a_token_is_printed_alone_and_speaks_for_its_subject() -> None:
    """`TOKEN=$(prasan token create …)` gets the token and nothing else."""
    result = run("token", "create", "--subject", "phimchai", "--role", "coordinator", "--lifetime", "90d")
    caller = verify_token(SECRET, result.stdout.strip(), datetime.now(UTC))
    assert caller.subject == "phimchai" and caller.roles == {"coordinator"}
    assert caller.token_id and caller.token_id in result.stderr


def test_a_token_as_json_names_its_id_and_its_end() -> None:
    """Scripts get token, id, roles and expiry as one object."""
    result = run("token", "create", "--subject", "x", "--role", "viewer", "--role", "operator", "--json")
    made = json.loads(result.stdout)
    assert made["roles"] == ["viewer", "operator"] and made["token_id"] and made["expires"].endswith("Z")


@pytest.mark.parametrize("lifetime", ["0d", "1w", "-5h", "999d", "soon", "๙d", "8h; rm -rf"])
def test_a_lifetime_that_is_none_is_refused(lifetime: str) -> None:
    """Exit 2 for a length of time that cannot be read or is too long."""
    result = run("token", "create", "--subject", "x", "--role", "viewer", "--lifetime", lifetime)
    assert result.exit_code == 2 and result.stdout == ""


def test_check_with_nothing_set_says_what_to_do_for_each_part() -> None:
    """With nothing there, every ✘ line is followed by advice, and the exit code is 1."""
    result = run(
        "check",
        "--lang",
        "en",
        PRASAN_SECRET_KEY="",
        AMQP_URI="",
        MONGO_URI="",
        SMTP_URL="smtp://127.0.0.1:1",
    )
    lines = result.stdout.splitlines()
    wrong = [number for number, line in enumerate(lines) if line.startswith("✘")]
    assert result.exit_code == 1 and len(wrong) >= 4
    assert all("→" in lines[number + 1] for number in wrong)


@pytest.mark.parametrize(
    "secret", ["a" * 40, "changeme-changeme-changeme-changeme-0123", "prasan-0123456789-ABCDEFGHIJKLMNOPQ"]
)
def test_check_finds_a_guessable_secret_and_never_prints_it(secret: str) -> None:
    """A secret that anybody would try is ✘, and does not appear on the screen."""
    result = run("check", "--json", PRASAN_SECRET_KEY=secret, SMTP_URL="smtp://127.0.0.1:1")
    findings = {finding["code"]: finding["ok"] for finding in json.loads(result.stdout)}
    assert findings["secret.weak"] is False and secret not in result.output


def test_check_with_unreadable_settings_says_only_that() -> None:
    """One wrong setting is named; nothing else is tried with half a configuration."""
    result = run("check", "--json", MAIL_MODE="loud")
    (finding,) = json.loads(result.stdout)
    assert result.exit_code == 1 and finding["code"] == "settings" and "MAIL_MODE" in finding["do"]


def test_both_catalogues_have_the_same_keys_and_placeholders() -> None:
    """Nothing is said in one language only."""
    thai, english = (texts_of(LOCALE / f"{language}.po") for language in ("th", "en"))
    assert thai.keys() == english.keys()
    assert catalogue().has("error.silent")
