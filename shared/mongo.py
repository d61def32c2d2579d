"""The service's database: one client for the process, durable writes, and the server's own clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from nameko.extensions import DependencyProvider, SharedExtension
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, ExecutionTimeout, WTimeoutError
from pymongo.uri_parser import parse_uri

from shared.clock import SystemClock
from shared.errors import DependencyDown

Document = dict[str, Any]

# AutoReconnect, NotPrimaryError, NetworkTimeout, ServerSelectionTimeoutError and WaitQueueTimeoutError are
# all ConnectionFailures; the other two say that the server was reached but did not finish in time.
DATABASE_DOWN: tuple[type[Exception], ...] = (ConnectionFailure, ExecutionTimeout, WTimeoutError)

# What waiting can mend, as a handler sees it.
DEPENDENCY_DOWN: tuple[type[Exception], ...] = (DependencyDown, *DATABASE_DOWN)

# A setting that stands in MONGO_URI wins over these.
_TIMEOUTS: dict[str, Any] = {
    "serverSelectionTimeoutMS": 5_000,
    "connectTimeoutMS": 5_000,
    "socketTimeoutMS": 20_000,
    "waitQueueTimeoutMS": 10_000,
}
_DURABLE: dict[str, Any] = {"w": "majority", "journal": True}
_CLOCK_REFRESH = 10.0  # seconds
_WORTH_A_WORD = 5.0  # seconds between this machine's clock and the database's

log = structlog.get_logger(__name__)


def connect(uri: str, application: str = "prasan", **timeouts: int) -> MongoClient[Document]:
    """A client whose writes are durable when they return and whose every wait ends.

    `timeouts` are milliseconds by pymongo's names, where the usual ones are too short.
    """
    written = {name.lower() for name in parse_uri(uri)["options"]}
    usual = {**_TIMEOUTS, **timeouts}
    defaults = {name: value for name, value in usual.items() if name.lower() not in written}
    return MongoClient(uri, tz_aware=True, tzinfo=UTC, appname=application, **_DURABLE, **defaults)


@contextmanager
def database_errors() -> Iterator[None]:
    """Raise DependencyDown("database") for every error that waiting can mend."""
    try:
        yield
    except DATABASE_DOWN as error:
        raise DependencyDown("database", type(error).__name__) from error


class DatabaseClock:
    """The database server's clock, which all replicas share: `hello.localTime` and what passed since.

    A machine whose own clock differs works on, and says so once.
    """

    def __init__(self, client: MongoClient[Document]) -> None:
        self._client = client
        self._differs = False
        self._read_at = float("-inf")
        self._server_time = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """The server's time in UTC, asked for at most every ten seconds. Raises DependencyDown."""
        if time.monotonic() - self._read_at > _CLOCK_REFRESH:
            self._refresh()
        return self._server_time + timedelta(seconds=time.monotonic() - self._read_at)

    def monotonic(self) -> float:
        return time.monotonic()

    def _refresh(self) -> None:
        asked = time.monotonic()
        with database_errors():
            hello = self._client.admin.command("hello")
        answered = time.monotonic()
        self._server_time = hello["localTime"].replace(tzinfo=UTC)  # commands answer in UTC without saying so
        self._read_at = (asked + answered) / 2
        self._compare()

    def _compare(self) -> None:
        ahead = (SystemClock().now() - self.now()).total_seconds()
        differs = abs(ahead) > _WORTH_A_WORD
        if differs and not self._differs:
            log.warning("clock_differs", ahead_of_database_seconds=round(ahead), do="set both by NTP")
        self._differs = differs


class Mongo(SharedExtension):
    """The one client of a process, shared by everything in its container."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._client: MongoClient[Document] | None = None
        self._clock: DatabaseClock | None = None

    @property
    def client(self) -> MongoClient[Document]:
        """Made at first use, so that it does not matter whose `setup` runs first.

        Before the container starts it is an AttributeError: nameko reads every attribute of an extension
        when it binds it, and passes over these.
        """
        if not self.container.started:
            raise AttributeError("the container has not started")
        with self._lock:
            if self._client is None:
                self._client = connect(self.container.config["MONGO_URI"], self.container.service_name)
            return self._client

    @property
    def database(self) -> Database[Document]:
        """The database that MONGO_URI names."""
        return self.client.get_default_database()

    @property
    def clock(self) -> DatabaseClock:
        if self._clock is None:
            self._clock = DatabaseClock(self.client)
        return self._clock

    def ping(self) -> None:
        """Raises DependencyDown("database") if the server does not answer."""
        with database_errors():
            self.client.admin.command("ping")

    def stop(self) -> None:
        # Nameko stops shared extensions last: nothing uses the client any more.
        with self._lock:
            if self._client is not None:
                self._client.close()


class MongoDatabase(DependencyProvider):
    """`database = MongoDatabase()` on a service class injects the pymongo Database."""

    mongo = Mongo()

    def get_dependency(self, worker_ctx: Any) -> Database[Document]:
        return self.mongo.database
