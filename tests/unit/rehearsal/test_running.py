"""Whether anything can be rehearsed here, and what is said where it cannot."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest

from rehearsal import __main__ as command
from rehearsal import engine as engines
from rehearsal.__main__ import limited, perform_all
from rehearsal.deployment import ROOT, Deployment, TooLong, until
from rehearsal.engine import engine
from rehearsal.errors import CannotRun, CommandFailed
from rehearsal.report import FAILED, NO_TIME, OK, passed
from rehearsal.shell import Shell
from rehearsal.stage import Stage, Step
from rehearsal.steps import STEPS


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, tmp_path / "log")


def test_who_is_not_root_and_finds_no_engine_is_refused_with_the_reason(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    monkeypatch.setattr(engines.os, "geteuid", lambda: 1000)
    with pytest.raises(CannotRun, match="only root"), engine(tmp_path, shell):
        pass


def test_a_machine_without_the_programs_is_refused_with_their_names(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines.os, "geteuid", lambda: 0)
    monkeypatch.setattr(engines.shutil, "which", lambda name: None)
    with pytest.raises(CannotRun, match="dockerd"), engine(tmp_path, shell):
        pass


def test_the_command_says_politely_that_it_cannot(tmp_path: Path) -> None:
    """Here: another rehearsal holds the lock. With --if-possible that is no failure."""
    program = (
        "import fcntl, sys; lock = open(sys.argv[1], 'w'); fcntl.flock(lock, fcntl.LOCK_EX);"
        "import rehearsal.__main__ as m; sys.argv = ['rehearse', *sys.argv[2:]]; sys.exit(m.main())"
    )
    for options, code in ((["--only", "up"], 2), (["--only", "up", "--if-possible"], 0)):
        ended = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "lock"), *options],
            cwd=ROOT,
            env={"PRASAN_REHEARSAL_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode, ended.stdout) == (
            code,
            "Nothing was rehearsed. Another rehearsal is running on this machine.\n",
        )


def test_when_the_time_is_over_the_rest_is_left_out() -> None:
    """What a step was about is not taken for its failure, and what came before it counts."""
    begun = []

    def forever(stage: Stage) -> str:
        with suppress(Exception):
            until(lambda: begun.append(1), "the end of time", 60)
        return "never"

    def at_once(stage: Stage) -> str:
        return "done"

    steps = [Step("first", "", at_once), Step("second", "", forever), Step("third", "", at_once)]
    with limited(0.005):
        lines = list(perform_all(steps, cast(Stage, None)))

    assert [line.verdict for line in lines] == [OK, NO_TIME, NO_TIME]
    assert begun and passed(lines)


def test_what_failed_has_failed_though_the_time_ends_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The alarm comes while the containers' last words are read."""

    def fails(stage: Stage) -> str:
        raise CommandFailed(["make", "up"], 1, "no")

    monkeypatch.setattr(command, "_after_failure", lambda stage: until(lambda: None, "the end of time", 60))
    steps = [Step("first", "", fails), Step("second", "", fails)]
    with limited(0.005):
        lines = list(perform_all(steps, cast(Stage, None)))

    assert [line.verdict for line in lines] == [FAILED, NO_TIME]
    assert not passed(lines)


def test_a_command_that_fails_tells_what_it_said(shell: Shell) -> None:
    with pytest.raises(CommandFailed, match=r"ended with 3:\nno such thing"):
        shell.run("sh", "-c", "echo no such thing >&2; exit 3")
    assert "no such thing" in shell.log.read_text()


def test_a_command_that_takes_too_long_is_ended_with_its_children(shell: Shell) -> None:
    with pytest.raises(CommandFailed, match="took too long"):
        shell.run("sh", "-c", "sleep 60 & sleep 60", seconds=0.3)


def test_waiting_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert until(lambda: "found", "something") == "found"
    with pytest.raises(TooLong, match="nothing: not within 0 s"):
        until(lambda: None, "nothing", 0.0)


def test_settings_of_an_installation_are_changed_line_by_line(tmp_path: Path, shell: Shell) -> None:
    deployment = Deployment(tmp_path, shell, engine_is_ours=True)
    deployment.env_file.write_text("# a comment\nA=1\nB=2=3\nC=4\n")
    deployment.set(A="9", C=None, D="new")
    assert deployment.settings() == {"A": "9", "B": "2=3", "D": "new"}
    assert deployment.env_file.read_text().startswith("# a comment\n")


def test_every_step_has_a_name_of_its_own_and_the_short_form_starts_and_stops() -> None:
    keys = [step.key for step in STEPS]
    assert len(set(keys)) == len(keys)
    assert {"up", "scenario", "outside", "restore", "upgrade"} <= {s.key for s in STEPS if s.short}
