"""Exchanges, queues, bindings and permissions are frozen: a broker in use holds messages in them."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from shared.messaging.definitions import USERS, definitions, main
from shared.messaging.topology import SERVICES, dead_queue, events_exchange, matches, queues_of
from tests.contract.samples import HERE

PASSWORDS = {user: f"{user}-has-a-long-password" for user in USERS}


def test_the_definitions_are_as_they_were() -> None:
    """Changing a queue's arguments or name needs a migration of brokers in use before you update
    tests/contract/definitions.json."""
    made = definitions(PASSWORDS)
    for user in made["users"]:
        user["password_hash"] = "…"
    assert made == json.loads((HERE / "definitions.json").read_text(encoding="utf-8"))


def test_names_follow_their_service() -> None:
    """Permissions are patterns over these names."""
    for service in SERVICES:
        assert events_exchange(service) == f"{service}.events"
        assert dead_queue(service) == f"{service}.dead"
        assert all(queue.name.startswith(f"{service}.") for queue in queues_of(service))
        assert all(queue.name != events_exchange(service) for queue in queues_of(service))


@pytest.mark.parametrize(
    ("pattern", "key", "met"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a.b.c", False),
        ("a.*", "a.b", True),
        ("a.*", "a", False),
        ("a.*", "a.b.c", False),
        ("a.#", "a", True),
        ("a.#", "a.b.c", True),
        ("#", "", True),
        ("#.c", "a.b.c", True),
        ("#.c", "a.b", False),
        ("a.#.c", "a.c", True),
        ("*.b.#", "a.b", True),
        ("a.milestone.#", "a.milestones.x", False),
    ],
)
def test_patterns_match_as_in_rabbitmq(pattern: str, key: str, met: bool) -> None:
    """The table of the topic exchange."""
    assert matches(pattern, key) is met


def test_a_password_is_stored_as_rabbitmq_stores_it() -> None:
    """Four bytes of salt, and SHA-256 of salt and password."""
    stored = {user["name"]: user["password_hash"] for user in definitions(PASSWORDS)["users"]}
    raw = base64.b64decode(stored["partners"])
    assert raw[4:] == hashlib.sha256(raw[:4] + PASSWORDS["partners"].encode()).digest()
    assert PASSWORDS["partners"] not in json.dumps(stored)


def test_the_definitions_file_is_written_for_the_passwords_given(tmp_path: Path) -> None:
    """From the environment, one for each user."""
    out = tmp_path / "definitions.json"
    environment = {f"PRASAN_AMQP_PASSWORD_{user.upper()}": password for user, password in PASSWORDS.items()}
    done = CliRunner().invoke(main, ["--out", str(out)], env=environment)
    assert done.exit_code == 0, done.output
    assert len(json.loads(out.read_text())["users"]) == len(USERS)


@pytest.mark.parametrize("password", [None, "", "short"])
def test_a_missing_or_short_password_writes_nothing(tmp_path: Path, password: str | None) -> None:
    """There is no default secret."""
    environment = {f"PRASAN_AMQP_PASSWORD_{user.upper()}": secret for user, secret in PASSWORDS.items()}
    done = CliRunner().invoke(
        main,
        ["--out", str(tmp_path / "d.json")],
        env={**environment, "PRASAN_AMQP_PASSWORD_OPERATOR": password},
    )
    assert done.exit_code == 1
    assert "PRASAN_AMQP_PASSWORD_OPERATOR" in done.output
    assert not (tmp_path / "d.json").exists()
