"""A service for tests: it reads `partners.feedback` and does with each event what the contact's id says.

Run as a process, since nameko wants a monkey-patched one: `python -m tests.integration.messaging.listener`.
"""

# ruff: noqa: E402 - eventlet patches before any other import
import eventlet

eventlet.monkey_patch()

import os
import signal
import time
from datetime import UTC, datetime
from typing import Any

from shared.config import Settings
from shared.contracts.envelope import Event
from shared.errors import VersionConflict
from shared.messaging.consumer import consume
from shared.messaging.effects import insert_once
from shared.mongo import MongoDatabase
from shared.runner import run


class Listener:
    """Writes down each event twice: when it starts with it, and when it has finished."""

    name = "partners"
    database = MongoDatabase()

    @consume("partners.feedback")
    def on_suppressed(self, event: Event) -> None:
        self._note("started", event)
        getattr(self, f"_{event.data['contact_id'].partition('-')[0]}", _nothing)(event)
        self._note("finished", event)

    def _note(self, what: str, event: Event) -> None:
        self.database[what].insert_one({"event": event.id, "pid": os.getpid(), "at": datetime.now(UTC)})

    def _slow(self, event: Event) -> None:
        time.sleep(1.0)

    def _fail(self, event: Event) -> None:
        raise ValueError(f"cannot do {event.data['fingerprint']}")

    def _once(self, event: Event) -> None:
        insert_once(self.database["once"], {"_id": event.id}, event.fingerprint)

    def _conflict(self, event: Event) -> None:
        if self.database["started"].count_documents({"event": event.id}) < 3:
            raise VersionConflict(event.id)

    def _crash(self, event: Event) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def _nothing(event: Event) -> None: ...


def options() -> dict[str, Any]:
    patience = os.environ.get("LISTENER_PATIENCE")
    return {"patience": float(patience)} if patience else {}


if __name__ == "__main__":
    run(Listener, Settings.from_environment(), **options())
