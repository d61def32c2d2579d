"""Backup, restore and upgrade: nothing half, and always a way back."""

from __future__ import annotations

import stat

import pytest

from tests.unit.operate.conftest import HEALTHY, Operator

SERVICES = "proxy projects partners notifications intake"


def backups(operator: Operator) -> list[str]:
    return sorted(path.name for path in (operator.folder / "backups").iterdir())


def test_a_backup_is_a_file_of_who_made_it(running: Operator) -> None:
    """Nobody else can read it; it is named after its time."""
    told = running.done("backup")
    (name,) = backups(running)
    file = running.folder / "backups" / name

    assert f"backups/{name}" in told
    assert file.read_text() == "the backup\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_backup_that_fails_leaves_nothing(running: Operator) -> None:
    """A file that is there is a whole one."""
    running.fails("* cli backup -", why="the database does not answer\n")
    message = running.refused("backup")

    assert "the database does not answer" in message and "No backup was made" in message
    assert backups(running) == []


@pytest.mark.parametrize(("file", "told"), [("", "Which file?"), ("backups/none", "There is no such file")])
def test_a_restore_of_nothing(running: Operator, file: str, told: str) -> None:
    """Nothing is stopped for it."""
    assert told in running.refused("restore", file)
    assert not running.asked(" stop ")


def test_a_restore_meets_no_running_service(running: Operator) -> None:
    """Database first, services stopped, data back, then everything."""
    running.done("backup")
    told = running.done("restore", f"backups/{backups(running)[0]}")

    first, rest = running.asked(" up ", "--detach")[0], running.asked(" up ", "--detach")[-1]
    (stopped,), (restored,) = running.asked(" stop ", SERVICES), running.asked("cli restore - --yes")
    assert first < stopped < restored < rest
    assert (running.fake / "restored").read_text() == "the backup\n"
    assert "--replace" not in running.calls[restored]
    assert "deliveries release" in told


def test_a_restore_empties_the_queues(running: Operator) -> None:
    """When the data are back, and before anybody reads; what the broker gave up on stays."""
    running.done("backup")
    running.done("restore", f"backups/{backups(running)[0]}")

    (restored,), (emptied,) = running.asked("cli restore - --yes"), running.asked("exec -T broker sh")
    assert restored < emptied < running.asked(" up ", "--detach")[-1]
    assert any("purge_queue" in call for call in running.calls)
    assert any("*.dead) ;;" in call for call in running.calls)


def test_a_queue_that_cannot_be_emptied_ends_the_restore(running: Operator) -> None:
    """Nothing starts on data that old messages would change."""
    running.done("backup")
    running.fails("*list_queues*")
    message = running.refused("restore", f"backups/{backups(running)[0]}")

    assert "the queues are not empty" in message
    assert all("notifications" not in running.calls[number] for number in running.asked(" up ", "--detach"))


def test_a_refused_restore_leaves_the_queues(running: Operator) -> None:
    """Nothing is lost by a command that was not meant."""
    running.done("backup")
    running.fails("* cli restore - --yes")
    running.refused("restore", f"backups/{backups(running)[0]}")

    assert not running.asked("list_queues")


def test_a_restore_over_data_has_to_be_meant(running: Operator) -> None:
    """It says how; said so, it is done."""
    running.done("backup")
    file = f"backups/{backups(running)[0]}"
    running.fails("* cli restore - --yes")
    assert f"REPLACE=yes make restore FILE={file}" in running.refused("restore", file)
    running.fails()
    running.done("restore", file, REPLACE="yes")

    assert "--replace" in running.calls[running.asked("cli restore")[-1]]


def test_an_upgrade(running: Operator) -> None:
    """The old image is kept; nothing runs while the old version makes the backup; then the new one starts."""
    (running.folder / "shared" / "code.py").write_text("new = True\n")
    told = running.done("upgrade")

    kept, built = running.asked("tag sha256:old prasan:before-upgrade")[0], running.asked("build")[0]
    stopped, backup = running.asked(" stop ", SERVICES)[0], running.asked("cli backup -")[0]
    assert kept < built < stopped < backup < running.asked(" up ", "--detach")[0]
    assert "Upgraded to" in told and len(backups(running)) == 1
    assert not running.asked("restore")


def test_an_upgrade_that_fails_goes_back(running: Operator) -> None:
    """To the old image and to the data as they were; it says so, and what waits."""
    unwell = HEALTHY.replace("projects|Up 5 seconds (healthy)", "projects|Restarting (1) 1 second ago")
    running.says("after_up", unwell)
    message = running.refused("upgrade", PRASAN_PATIENCE="2")

    assert "Going back to the old one" in message
    (restored,) = running.asked("cli restore - --yes --replace")
    assert (running.fake / "restored").read_text() == "the backup\n"
    assert len(running.asked(" stop ", SERVICES)) == 2 and restored > running.asked(" stop ")[-1]


def test_an_upgrade_that_was_interrupted_goes_on(running: Operator) -> None:
    """With the backup and the image of before: what was made half-way is never taken for the old."""
    running.fails("* cli backup -")
    running.refused("upgrade")
    running.fails("* up *")
    running.says("why", "interrupted\n")
    running.fails("*restore*", "* up *")
    running.refused("upgrade")
    before = backups(running)
    running.fails()
    told = running.done("upgrade")

    assert "An upgrade was interrupted; it goes on." in told
    assert backups(running) == before and len(before) == 1
    assert len(running.asked("tag", "prasan:before-upgrade")) == 1
    running.done("upgrade")
    assert len(running.asked("tag", "prasan:before-upgrade")) == 2


def test_what_runs_well_again_is_no_upgrade_under_way(running: Operator) -> None:
    """After `make up` with either version, the next upgrade makes its own backup."""
    running.fails("*restore*", "* up *")
    running.refused("upgrade")
    running.fails()
    running.done("up")

    assert "interrupted" not in running.done("upgrade")


def test_there_has_to_be_something_to_upgrade(operator: Operator) -> None:
    """A first start is `make up`."""
    operator.says("running", "")
    assert "Nothing is running that could be upgraded" in operator.refused("upgrade")
