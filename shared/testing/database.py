"""A private MongoDB-compatible server (SecantusDB) for tests, the demo and `make run`."""

from __future__ import annotations

import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from shared.testing.ports import free_port, wait_until_free
from shared.testing.process import Child, python_environment

START_SECONDS = 30


class Database:
    """One server under `run_dir`; data outlives `stop`, `kill` and `restart`, not the run directory.

    `durable` syncs every commit to disk, as the demo and the fault tests want it. What a killed
    *process* acknowledged is kept either way; only a power cut tells the two apart.
    """

    def __init__(self, run_dir: Path, *, durable: bool = True) -> None:
        self.directory = run_dir / "database"
        self.port = free_port()
        self._clock = self.directory / "clock"
        command = [sys.executable, "-m", "shared.testing.moved_database", str(self._clock)]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--storage-path", str(self.directory / "data"), "--log-level", "WARNING"]
        command += ["--config", str(self.directory / "secantusd.toml")]
        if durable:
            command.append("--sync-on-commit")
        self._server = Child("SecantusDB", command, python_environment(), self.directory / "server.log")

    @property
    def running(self) -> bool:
        return self._server.running

    @property
    def pid(self) -> int:
        """Of the running server."""
        return self._server.pid

    def uri(self, name: str) -> str:
        """The connection string of one database on this server."""
        return f"mongodb://127.0.0.1:{self.port}/{name}?retryWrites=false"

    def client(self, timeout: int = 2_000) -> MongoClient[dict[str, Any]]:
        """A client of its own; close it, or use it as a context manager. `timeout` in milliseconds."""
        return MongoClient(self.uri("admin"), serverSelectionTimeoutMS=timeout, tz_aware=True)

    def start(self) -> None:
        """Returns once the server answers a ping."""
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "secantusd.toml").touch()  # named, so that no other is looked for
        if not self._clock.exists():
            self.move_clock(timedelta())
        self._server.start()
        self._server.wait_until(self._answers, START_SECONDS)

    def move_clock(self, by: timedelta) -> None:
        """From now on its clock, and within ten seconds every service's, is so far from the machine's."""
        newer = self._clock.with_suffix(".new")
        newer.write_text(str(by.total_seconds()))
        newer.replace(self._clock)

    def _answers(self) -> bool:
        try:
            with self.client(300) as client:
                client.admin.command("ping")
        except PyMongoError:
            return False
        return True

    def stop(self) -> None:
        self._server.stop()

    def discard(self) -> None:
        """Ends the server at once and removes the data."""
        self._server.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def kill(self) -> None:
        """kill -9."""
        self._server.kill()

    def restart(self) -> None:
        """In order if it still runs, otherwise just the start; answers when it returns."""
        self._server.stop()
        wait_until_free(self.port)
        self.start()

    def freeze(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        self._server.freeze()

    def thaw(self) -> None:
        self._server.thaw()
