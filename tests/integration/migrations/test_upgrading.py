"""Migrations against a real database: once each, in order, by one process, whatever interrupts them."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database as MongoDatabase

from shared.clock import SystemClock
from shared.errors import DependencyDown, NewerSchema
from shared.messaging.lease import COLLECTION as LEASES
from shared.messaging.lease import Lease
from shared.migrations import LEASE_LASTS, Migration, Schema, Upgrade, prepare
from shared.mongo import connect
from shared.testing.process import python_environment
from tests.unit.prasan.test_command_line import SECRET

Database = MongoDatabase[dict[str, Any]]


class Killed(BaseException):
    """The process ends here."""


def rename_title(database: Database) -> None:
    """`name` becomes `title`, document by document: what is done stays done."""
    for found in database["things"].find({"name": {"$exists": True}}):
        change = {"$set": {"title": found["name"]}, "$unset": {"name": ""}}
        database["things"].update_one({"_id": found["_id"]}, change)


def count_words(database: Database) -> None:
    """Needs the step before."""
    for found in database["things"].find({"words": {"$exists": False}}):
        words = len(found["title"].split())
        database["things"].update_one({"_id": found["_id"]}, {"$set": {"words": words}})


def index_words(database: Database) -> None:
    database["things"].create_index("words")


STEPS = (
    Migration(1, "name becomes title", rename_title),
    Migration(2, "words are counted", count_words),
    Migration(3, "words are found", index_words),
)
OLD = [{"_id": n, "name": f"ขยะ {n} waste"} for n in range(10)]
NEW = [{"_id": n, "title": f"ขยะ {n} waste", "words": 3} for n in range(10)]


def upgrade(database: Database, steps: tuple[Migration, ...] = STEPS) -> Upgrade:
    return Upgrade(database, steps, SystemClock(), wait=lambda seconds: None)


def things(database: Database) -> list[dict[str, Any]]:
    return list(database["things"].find().sort("_id", 1))


def killed_after(count: int) -> Callable[[Database], None]:
    """The first step, whose process dies once it has changed so many documents."""

    def broken(database: Database) -> None:
        for found in database["things"].find().limit(count):
            change = {"$set": {"title": found["name"]}, "$unset": {"name": ""}}
            database["things"].update_one({"_id": found["_id"]}, change)
        raise Killed

    return broken


def test_an_old_database_becomes_new(database: Database) -> None:
    """Given data from before versions, when it is upgraded, every step is made once and noted."""
    database["things"].insert_many(OLD)

    made = upgrade(database).run()

    assert [step.version for step in made] == [1, 2, 3]
    assert things(database) == NEW and "words_1" in database["things"].index_information()
    noted = database["schema"].find_one({"_id": "version"})
    assert noted and noted["version"] == 3 and [step["version"] for step in noted["applied"]] == [1, 2, 3]


def test_an_upgrade_repeated_changes_nothing(database: Database) -> None:
    """Given the version of the code, nothing is made and nothing written."""
    database["things"].insert_many(OLD)
    upgrade(database).run()
    before = list(database["schema"].find())

    assert upgrade(database).run() == []
    assert list(database["schema"].find()) == before and things(database) == NEW


def test_an_empty_database_gets_the_newest_version(database: Database) -> None:
    """Given nothing at all, every step passes over it."""
    upgrade(database).run()

    assert Schema(database).version() == 3 and things(database) == []


def test_only_what_is_new_is_made(database: Database) -> None:
    """Given version 2, only the third step is made."""
    database["things"].insert_many(OLD)
    upgrade(database, STEPS[:2]).run()

    assert [step.version for step in upgrade(database).run()] == [3]


@pytest.mark.parametrize("count", [1, 5, 10])
def test_a_crash_in_the_middle_is_made_good_by_the_next_run(database: Database, count: int) -> None:
    """Given a process that dies in the first step, the next one begins with that step again."""
    database["things"].insert_many(OLD)
    broken = (Migration(1, "", killed_after(count)), *STEPS[1:])
    with pytest.raises(Killed):
        upgrade(database, broken).run()

    assert Schema(database).version() == 0
    assert [step.version for step in upgrade(database).run()] == [1, 2, 3]
    assert things(database) == NEW


def test_a_crash_between_the_step_and_its_note_is_made_good(database: Database) -> None:
    """Given a step that was made and not noted, making it again does no harm."""
    database["things"].insert_many(OLD)
    rename_title(database)
    count_words(database)

    upgrade(database).run()

    assert things(database) == NEW and Schema(database).version() == 3


def test_two_processes_make_each_step_once(database: Database) -> None:
    """Given two that start at once, one makes the steps and the other waits for it."""
    database["things"].insert_many(OLD)
    together, running, most, made = threading.Barrier(2), [0], [0], list[int]()

    def counted(step: Migration) -> Migration:
        def apply(database: Database) -> None:
            running[0] += 1
            most[0] = max(most[0], running[0])
            step.apply(database)
            running[0] -= 1

        return Migration(step.version, step.summary, apply)

    def process() -> None:
        together.wait()
        steps = tuple(map(counted, STEPS))
        found = Upgrade(database, steps, SystemClock(), wait=lambda seconds: threading.Event().wait(0.02))
        made.extend(step.version for step in found.run())

    processes = [threading.Thread(target=process) for _ in range(2)]
    for each in processes:
        each.start()
    for each in processes:
        each.join(30)

    assert made == [1, 2, 3] and most == [1]
    assert things(database) == NEW


def test_whoever_died_with_the_lease_is_followed(database: Database) -> None:
    """Given a lease that nobody renews, the next process takes over when it has ended."""
    database["things"].insert_many(OLD)
    lease = Lease(database, "migrations", "the dead", LEASE_LASTS)
    lease.take(SystemClock().now() - LEASE_LASTS - timedelta(seconds=1))

    upgrade(database).run()

    assert things(database) == NEW and database[LEASES].find_one({"_id": "migrations"}) is None


def test_patience_with_another_process_ends(database: Database) -> None:
    """Given somebody who holds the lease, a command gives up after its patience and touches nothing."""
    database["things"].insert_many(OLD)
    Lease(database, "migrations", "another", LEASE_LASTS).take(SystemClock().now())

    with pytest.raises(DependencyDown, match="another process"):
        upgrade(database).run(patience=0.0)
    assert things(database) == OLD


def test_a_newer_database_is_not_touched(database: Database) -> None:
    """Given a version that this code does not know, it refuses before anything else."""
    upgrade(database).run()

    with pytest.raises(NewerSchema) as refused:
        upgrade(database, STEPS[:2]).run()
    assert (refused.value.found, refused.value.known) == (3, 2)


@pytest.mark.parametrize("versions", [(2,), (1, 1), (1, 3), (0, 1), (2, 1)])
def test_steps_are_numbered_without_a_gap(database: Database, versions: tuple[int, ...]) -> None:
    """Given numbers that leave one out, come twice or go back, nothing runs."""
    steps = tuple(Migration(version, "", index_words) for version in versions)

    with pytest.raises(ValueError, match="numbered from 1"):
        upgrade(database, steps)


def test_a_service_waits_while_a_restore_is_under_way(database_uri: str) -> None:
    """Given half a restore, no service serves it; once it has ended, they go on."""
    with connect(database_uri) as client:
        schema = Schema(client.get_default_database())
        schema.begin_restore("2026-11-23T05:00:00.000Z", SystemClock().now())
        ready = threading.Thread(target=prepare, args=(database_uri, "projects", STEPS), daemon=True)
        ready.start()
        ready.join(1.5)
        assert ready.is_alive() and schema.version() == 0

        schema.end_restore()
        ready.join(30)

        assert not ready.is_alive() and schema.version() == 3


@pytest.mark.parametrize("service", ["projects", "partners", "notifications"])
def test_a_service_refuses_a_newer_database(database_uri: str, service: str) -> None:
    """Given a database of newer code, the process ends with one sentence that says what to do."""
    with connect(database_uri) as client:
        Schema(client.get_default_database()).set_version(1_000)
    environment = {
        **python_environment(),
        "MONGO_URI": database_uri,
        "AMQP_URI": "amqp://nobody@127.0.0.1:1//",
        "PRASAN_SECRET_KEY": SECRET,
    }
    ended = subprocess.run(
        [sys.executable, "-m", f"services.{service}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert "schema version 1000" in ended.stderr and "newer version of Prasan" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("service", ["projects", "partners", "notifications"])
def test_importing_changes_nothing(database_uri: str, service: str) -> None:
    """Given a service whose modules are imported, no database is asked or changed."""
    code = f"import services.{service}.__main__, services.{service}.storage.migrations"
    environment = {**python_environment(), "MONGO_URI": database_uri}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)

    with connect(database_uri) as client:
        assert client.get_default_database().list_collection_names() == []
