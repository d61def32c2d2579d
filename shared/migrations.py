"""Versioned changes of a service's database: each made once, in order, by one process at a time.

The collection `schema` says which version a database has. A service calls `prepare` when it starts, before
anything reads or writes; importing changes nothing.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.clock import Clock
from shared.errors import DependencyDown, NewerSchema
from shared.messaging.lease import Lease
from shared.messaging.waiting import backoff
from shared.mongo import DEPENDENCY_DOWN, DatabaseClock, connect, database_errors

COLLECTION = "schema"
LEASE_LASTS = timedelta(seconds=30)
LOOK_EVERY = 1.0  # seconds between two looks while another process migrates
LONGEST_STEP = 600_000  # milliseconds of one command: an index over years of data takes its time
SAID_EVERY = 30.0  # seconds between two log lines that say what is waited for
_VERSION, _RESTORE, _LEASE = "version", "restore", "migrations"

Documents = Database[dict[str, Any]]
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Migration:
    """One step from `version` - 1 to `version`.

    `apply` is idempotent: it may be broken off anywhere and is then made again, it may meet a database that
    is empty, and two processes may be at it at once. Older code may still run beside it, so that it adds and
    converts, and removes only what nothing reads any more.
    """

    version: int
    summary: str
    apply: Callable[[Documents], None]


class Schema:
    """What a database says of itself: its version, what was applied when, whether a restore is under way."""

    def __init__(self, database: Documents) -> None:
        self._documents = database[COLLECTION]

    def version(self) -> int:
        """0: from before versions were recorded, or empty."""
        found = self._documents.find_one({"_id": _VERSION})
        return int(found["version"]) if found else 0

    def restore_under_way(self) -> dict[str, Any] | None:
        """What is known of a restore that has begun and not ended."""
        return self._documents.find_one({"_id": _RESTORE})

    def note(self, migration: Migration, now: datetime) -> None:
        """The step is made. Nothing happens if another process has said so already."""
        step = {"version": migration.version, "summary": migration.summary, "at": now}
        change = {"$set": {"version": migration.version}, "$push": {"applied": step}}
        try:
            self._documents.update_one(
                {"_id": _VERSION, "version": migration.version - 1}, change, upsert=migration.version == 1
            )
        except DuplicateKeyError:
            return

    def begin_restore(self, source: str, now: datetime) -> None:
        """No process serves this database until `end_restore`."""
        self._documents.replace_one({"_id": _RESTORE}, {"source": source, "at": now}, upsert=True)

    def set_version(self, version: int) -> None:
        """What a restored dump says of itself."""
        self._documents.replace_one({"_id": _VERSION}, {"version": version, "applied": []}, upsert=True)

    def end_restore(self) -> None:
        self._documents.delete_one({"_id": _RESTORE})


class Upgrade:
    """Brings one database to the version of the code. `clock` is the database's, `wait` sleeps.

    `migrations` are numbered from 1 without a gap.
    """

    def __init__(
        self,
        database: Documents,
        migrations: Sequence[Migration],
        clock: Clock,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        if [migration.version for migration in migrations] != list(range(1, len(migrations) + 1)):
            raise ValueError("migrations are numbered from 1 without a gap")
        self._database = database
        self._migrations = migrations
        self._clock = clock
        self._wait = wait
        self._schema = Schema(database)
        self._lease = Lease(database, _LEASE, secrets.token_hex(8), LEASE_LASTS)

    def run(self, patience: float = float("inf")) -> list[Migration]:
        """The steps that this process made; none if another one made them.

        Raises NewerSchema, DependencyDown after `patience` seconds of waiting for another process, and what
        pymongo and the steps raise.
        """
        deadline = time.monotonic() + patience
        made: list[Migration] = []
        while self.pending():
            with self._leased() as ours:
                if ours:
                    made += self._make()
            if not ours:
                if time.monotonic() > deadline:
                    raise DependencyDown("database", "another process is migrating it")
                self._wait(LOOK_EVERY)
        return made

    def pending(self) -> Sequence[Migration]:
        """The steps that are still to be made. Raises NewerSchema."""
        version, known = self._schema.version(), len(self._migrations)
        if version > known:
            raise NewerSchema(self._database.name, version, known)
        return self._migrations[version:]

    def _make(self) -> list[Migration]:
        made = []
        for migration in self.pending():
            migration.apply(self._database)
            self._schema.note(migration, self._clock.now())
            made.append(migration)
        return made

    @contextmanager
    def _leased(self) -> Iterator[bool]:
        """Whether the lease is ours; it is renewed until the end of the block."""
        if not self._lease.take(self._clock.now()):
            yield False
            return
        ended = threading.Event()
        keeper = threading.Thread(target=self._renew, args=(ended,), daemon=True)
        keeper.start()
        try:
            yield True
        finally:
            ended.set()
            keeper.join()
            self._lease.give_back()

    def _renew(self, ended: threading.Event) -> None:
        while not ended.wait(LEASE_LASTS.total_seconds() / 3):
            try:
                self._lease.take(self._clock.now())
            except DEPENDENCY_DOWN:
                continue  # the step itself finds out


def prepare(uri: str, service: str, migrations: Sequence[Migration]) -> None:
    """Return once the database at `uri` has the version of the code and no restore is under way.

    However long the database is away. Raises NewerSchema.
    """
    pauses = backoff()
    with connect(uri, service, socketTimeoutMS=LONGEST_STEP) as client:
        database = client.get_default_database()
        upgrade = Upgrade(database, migrations, DatabaseClock(client))
        while True:
            try:
                with database_errors():
                    _wait_for_restore(Schema(database), service)
                    for migration in upgrade.run():
                        log.info("migrated", version=migration.version, summary=migration.summary)
                return
            except DependencyDown as error:
                log.warning("migrations_wait", service=service, cause=error.cause)
                time.sleep(next(pauses))


def _wait_for_restore(schema: Schema, service: str) -> None:
    """A database that is half restored is not served: what is there may be sent twice."""
    said_at = float("-inf")
    while (restore := schema.restore_under_way()) is not None:
        if time.monotonic() - said_at > SAID_EVERY:
            said_at = time.monotonic()
            advice = "wait for `prasan restore` to end; if it was broken off, run it again"
            log.warning("restore_under_way", service=service, begun_at=restore["at"].isoformat(), do=advice)
        time.sleep(LOOK_EVERY)
