"""Before anything starts: what is missing, weak or taken gets one clear message, and nothing is started."""

from __future__ import annotations

import shutil
import stat
import subprocess

import pytest

from tests.unit.operate.conftest import Operator

GOOD = "a71f0c9b52de63840b1c7d9e2f6a58347c0d"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PRASAN_SECRET_KEY", "", "PRASAN_SECRET_KEY is missing"),
        ("PRASAN_AMQP_PASSWORD_PROJECTS", GOOD[:31], "is too short: at least 32 characters"),
        ("PRASAN_MONGO_PASSWORD_ROOT", "a1" * 20, "is too simple: at least 10 different characters"),
        ("PRASAN_MONGO_REPLICA_KEY", f"{GOOD}-ChangeMe", "can be guessed"),
        ("PRASAN_AMQP_PASSWORD_OPERATOR", f"lamphun2569{GOOD}", "can be guessed"),
        ("PRASAN_GRAFANA_PASSWORD", f"{GOOD}@/", "has characters other than letters"),
        ("PRASAN_MONGO_PASSWORD_PARTNERS", f"{GOOD} {GOOD}", "has characters other than letters"),
        ("PRASAN_MONGO_PASSWORD_PARTNERS", f"รหัสผ่าน{GOOD}", "has characters other than letters"),
        ("PRASAN_MONGO_PASSWORD_PARTNERS", f"{GOOD}\r", "has characters other than letters"),
    ],
)
def test_a_secret_that_is_no_secret_is_refused(operator: Operator, name: str, value: str, told: str) -> None:
    """By its name, never by its value; and nothing is started."""
    operator.set(**{name: value})
    message = operator.refused("up")

    assert name in message and told in message
    assert "Nothing was started" in message
    assert not value or value not in message
    assert not operator.started


def test_every_weak_secret_is_named_at_once(operator: Operator) -> None:
    """An operator mends them all in one go."""
    operator.set(PRASAN_SECRET_KEY="", PRASAN_MONGO_PASSWORD_ROOT="short", PRASAN_AMQP_PASSWORD_PARTNERS="")
    message = operator.refused("up")

    assert len([line for line in message.splitlines() if line.startswith("PRASAN_")]) == 3


def test_two_secrets_that_are_the_same_are_refused(operator: Operator) -> None:
    """A password of one service must not open another's database."""
    same = operator.values()["PRASAN_MONGO_PASSWORD_PROJECTS"]
    operator.set(PRASAN_MONGO_PASSWORD_PARTNERS=same)
    message = operator.refused("up")

    assert "PRASAN_MONGO_PASSWORD_PROJECTS" in message and "PRASAN_MONGO_PASSWORD_PARTNERS" in message
    assert same not in message


def test_an_env_of_before_gets_what_came_later(operator: Operator) -> None:
    """Passwords of things that keep no data; all others stay as they are."""
    before = {name: value for name, value in operator.values().items() if "GRAFANA" not in name}
    operator.env_file.write_text("".join(f"{name}={value}\n" for name, value in before.items()))
    assert "PRASAN_GRAFANA_PASSWORD" in operator.done("up")

    after = operator.values()
    assert len(after.pop("PRASAN_GRAFANA_PASSWORD")) == 48
    assert after == before


def test_others_cannot_read_the_secrets(operator: Operator) -> None:
    """Also not after an editor gave the file wider rights."""
    operator.env_file.chmod(0o644)
    operator.done("up")

    assert stat.S_IMODE(operator.env_file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("pattern", "answers", "told"),
    [
        ("version --format*", {}, "Docker does not answer"),
        ("compose version*", {}, "Docker Compose is missing"),
        ("", {"engine": "19.03.1"}, "Docker 19.03.1 is too old"),
        ("", {"compose": "v1.25.0"}, "Docker Compose v1.25.0 is too old"),
    ],
)
def test_an_engine_that_cannot_do_it(
    operator: Operator, pattern: str, answers: dict[str, str], told: str
) -> None:
    """Missing, silent or too old."""
    if "Compose is missing" in told and shutil.which("docker-compose", path="/usr/bin:/bin"):
        pytest.skip("this machine has another Compose, which would be used")
    operator.fails(pattern)
    for file, answer in answers.items():
        operator.says(file, answer)

    assert told in operator.refused("up", PATH=f"{operator.folder / 'bin'}:/usr/bin:/bin")
    assert not operator.started


def test_no_docker_at_all(fresh: Operator) -> None:
    """It says where to get it."""
    scripts = fresh.folder / "deploy" / "operate"
    line = f". {scripts}/words.sh; . {scripts}/engine.sh; PATH=/nowhere; find_engine"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "Docker is missing: https://" in done.stderr


@pytest.mark.parametrize(
    ("port", "name"), [("01BB", "HTTPS_PORT"), ("0050", "HTTP_PORT"), ("20FC", "OPERATOR_PORT")]
)
def test_a_port_that_is_taken(operator: Operator, port: str, name: str) -> None:
    """Whose it is and which setting changes it."""
    listening = f"   0: 00000000:{port} 00000000:0000 0A 00000000:00000000 00:00000000\n"
    operator.says("ports", f"  sl  local_address rem_address   st\n{listening}")
    message = operator.refused("up")

    assert f"Port {int(port, 16)} is taken" in message and name in message
    assert not operator.started


def test_a_connection_to_another_port_443_is_nobody_listening(operator: Operator) -> None:
    """Only who listens on this machine takes the port."""
    other = "   0: 0100007F:C001 0100007F:01BB 01 0:0 00:0\n   1: 00000000:11BB 00000000:0000 0A 0:0 00:0\n"
    operator.says("ports", other)
    operator.done("up")


def test_our_own_ports_are_not_in_our_way(running: Operator) -> None:
    """A second `make up` meets the proxy of the first."""
    running.says("ports", "   0: 00000000:01BB 00000000:0000 0A 0:0 00:0\n")
    running.done("up")


def test_a_port_that_is_none(operator: Operator) -> None:
    """A slip of the pen in .env."""
    operator.set(HTTPS_PORT="44 3")
    assert "HTTPS_PORT in .env is not a port" in operator.refused("up")


def test_a_disk_that_is_nearly_full(operator: Operator) -> None:
    """RabbitMQ would take nothing in, and MongoDB end."""
    message = operator.refused("up", PRASAN_LEAST_DISK="999999999")

    assert "999999999 MB are needed" in message
    assert not operator.started


def test_little_memory_is_advice(operator: Operator) -> None:
    """It may be enough for a small province."""
    operator.says("memory", "1000000000")
    assert "memory" in operator.run("up").stderr


def test_no_way_to_the_registry(operator: Operator) -> None:
    """The image cannot be built without a network; it says what it takes."""
    operator.fails("build *", why="dial tcp: lookup registry: no such host\n")
    message = operator.refused("up")

    assert "no such host" in message and "Is there a way to the image registry" in message
    assert not operator.started


def test_images_of_others_are_fetched_with_a_line_each(operator: Operator) -> None:
    """Once, and before anything starts; ours is built."""
    told = operator.done("up")
    operator.done("up")

    assert "Fetching caddy:2.11.4\nFetching mongo:8.0.26\n" in told
    assert len(operator.asked("pull --quiet")) == 2
    assert operator.asked("pull")[-1] < operator.asked(" up ", "--detach")[0]


def test_an_image_that_cannot_be_fetched(operator: Operator) -> None:
    """Its name, and what it takes."""
    operator.fails("pull *", why="lookup registry: no such host\n")
    message = operator.refused("up")

    assert "caddy:2.11.4 could not be fetched" in message and "no such host" in message
    assert not operator.started


def test_without_a_network_what_is_built_is_started(running: Operator) -> None:
    """The same code is not built again."""
    running.fails("build *", "pull *")
    running.done("up")


def test_code_that_changed_is_built_again(running: Operator) -> None:
    """Without a change of its version too."""
    (running.folder / "shared" / "code.py").write_text("changed = True\n")
    running.done("up")

    assert running.asked("build")


def test_settings_that_contradict_each_other(operator: Operator) -> None:
    """The image itself says what is wrong with them, before anything uses them."""
    operator.fails("*-m shared.config", why="MAIL_FROM is not set: nothing can be sent without a sender\n")
    message = operator.refused("up")

    assert "MAIL_FROM is not set" in message and "Nothing was started" in message
    assert not operator.started
