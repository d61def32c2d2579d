"""Starting: in order, with visible progress, until all is healthy; and saying plainly what is not."""

from __future__ import annotations

import stat

import pytest

from tests.unit.operate.conftest import HEALTHY, Operator


def test_broker_and_database_come_first(operator: Operator) -> None:
    """Then all the others; nobody asks for the operator's own container."""
    operator.done("up")
    first, rest = (operator.calls[number] for number in operator.asked(" up ", "--detach"))

    assert first.endswith("prepare broker database database-users")
    assert {"projects", "partners", "notifications", "proxy", "migrate"} <= set(rest.split())
    assert "cli" not in rest.split()


def test_what_is_not_asked_for_does_not_start(operator: Operator) -> None:
    """Compose 1.29 names the services of every profile; naming one starts it."""
    operator.done("up")
    rest = operator.calls[operator.asked(" up ", "--detach")[-1]]
    assert not {"mailbox", "cli"} & set(rest.split())

    operator.set(COMPOSE_PROFILES="observe,mail")
    operator.says("after_up", HEALTHY + "mailbox|Up 5 seconds (healthy)\n")
    operator.done("up")
    assert "mailbox" in operator.calls[operator.asked(" up ", "--detach")[-1]].split()


def test_each_part_is_named_as_it_becomes_healthy(operator: Operator) -> None:
    """And at the end where to go, and what to do next."""
    told = operator.done("up")

    assert all(f"✔ {name}" in told for name in ("broker", "migrate", "notifications", "proxy"))
    assert "Prasan is running: https://localhost\n" in told
    assert "/v1/missions" in told and "MAIL_MODE=hold" in told


def test_the_address_is_the_one_that_works(operator: Operator) -> None:
    """With its port where it is not the usual one, and the mailbox where there is one."""
    operator.set(PRASAN_HOST="prasan.lamphun.example.org", HTTPS_PORT="8443", COMPOSE_PROFILES="mail,observe")
    operator.says("after_up", HEALTHY + "mailbox|Up 5 seconds (healthy)\n")
    told = operator.done("up")

    assert "https://prasan.lamphun.example.org:8443/v1/missions" in told
    assert "https://localhost:8444/mailbox/" in told and "https://localhost:8444/grafana/" in told
    assert "curl -k" not in told


def test_the_first_token_is_made_once_and_kept_from_others(operator: Operator) -> None:
    """It is in no output, only in a file of its owner's."""
    told = operator.done("up")
    token = operator.folder / ".prasan" / "token"

    assert token.read_text() == "a-token\n" and "a-token" not in told
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    operator.done("up")
    assert len(operator.asked("token create")) == 1


def test_a_part_that_does_not_become_healthy(operator: Operator) -> None:
    """Its name and its last words, after the time that it may take."""
    operator.says(
        "after_up", HEALTHY.replace("partners|Up 5 seconds (healthy)", "partners|Up 9 seconds (unhealthy)")
    )
    message = operator.refused("up", PRASAN_PATIENCE="2")

    assert "partners is not well. Its last words:\n    it said why" in message
    assert "Not everything started: partners" in message


def test_one_replica_of_two_that_is_not_healthy(operator: Operator) -> None:
    """All of them have to be."""
    operator.says("after_up", HEALTHY + "partners|Restarting (1) 2 seconds ago\n")
    assert "partners is not well" in operator.refused("up", PRASAN_PATIENCE="2")


def test_a_step_that_fails_is_told_at_once(operator: Operator) -> None:
    """Nobody waits for what has ended."""
    operator.says("after_up", HEALTHY.replace("migrate|Exited (0)", "migrate|Exited (1)"))
    assert "migrate is not well" in operator.refused("up", PRASAN_PATIENCE="600")


def test_a_step_that_failed_last_time_is_given_its_chance(operator: Operator) -> None:
    """Its end of yesterday says nothing of today."""
    operator.says("containers", "migrate|Exited (1) 9 hours ago\nbroker|Up 9 hours (healthy)\n")
    operator.done("up")


def test_what_compose_itself_cannot_do(operator: Operator) -> None:
    """Its own words, shortened."""
    operator.fails("* up *", why="manifest unknown\n")
    assert "manifest unknown" in operator.refused("up")


def test_a_running_broker_learns_of_new_queues_and_passwords(running: Operator) -> None:
    """Before the services that need them start; a fresh one has read them by itself."""
    running.done("up")
    loaded = running.asked("exec", "rabbitmqctl", "import_definitions")

    assert loaded and loaded[0] < running.asked(" up ", "--detach")[1]


def test_where_mail_goes_out_the_mail_server_is_asked(operator: Operator) -> None:
    """A wrong password is known at once, and loses nothing."""
    operator.set(MAIL_MODE="send", MAIL_FROM="prasan@example.org")
    operator.fails("* cli check")
    message = operator.refused("up")

    assert "Prasan is running, but not all of it is well" in message
    assert "What cannot be sent waits" in message


def test_while_mail_is_held_nobody_asks_the_mail_server(operator: Operator) -> None:
    """At a first start there is none yet."""
    operator.done("up")
    assert not operator.asked("cli check")


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("localhost", "internal"),
        ("prasan", "internal"),
        ("192.0.2.7", "internal"),
        ("2001:db8::1", "internal"),
        ("prasan.lamphun.intra", "internal"),
        ("prasan.local", "internal"),
        ("prasan.lamphun.example.org", "automatic"),
    ],
)
def test_a_public_name_gets_a_public_certificate(operator: Operator, host: str, kind: str) -> None:
    """Any other gets one of our own authority."""
    operator.set(PRASAN_HOST=host)
    told = operator.done("up")

    assert ("curl -k" in told) == (kind == "internal")


def test_what_was_made_with_other_files_is_made_anew(running: Operator) -> None:
    """After an upgrade brought a new configuration; nothing else is stopped for it."""
    (running.folder / "deploy" / "rabbitmq" / "prasan.conf").write_text("log.console = true\n")
    running.done("up")
    running.done("up")
    (number,) = running.asked(" rm --stop --force")

    assert running.calls[number].endswith(" broker")
    assert number < running.asked(" up ", "--detach")[0]


def test_a_service_that_ended_is_not_well(operator: Operator) -> None:
    """However politely: only what is done once may end."""
    operator.says(
        "after_up", HEALTHY.replace("projects|Up 5 seconds (healthy)", "projects|Exited (0) 1 second ago")
    )
    assert "projects is not well" in operator.refused("up", PRASAN_PATIENCE="2")


def test_down_stops_every_profile(running: Operator) -> None:
    """Also what was switched off in .env meanwhile; the data stays."""
    running.done("down")
    (number,) = running.asked(" down")

    assert "--volumes" not in running.calls[number] and " -v" not in running.calls[number]


def test_without_a_command_it_says_which_there_are(fresh: Operator) -> None:
    """And changes nothing."""
    assert "deploy/operate.sh up" in fresh.refused()
    assert not fresh.env_file.exists()
