"""What all conversations of one mailbox share: the message file, the journal and the faults in force."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared.testing.mailbox.faults import ActiveFaults
from shared.testing.mailbox.store import MessageWriter


class PostOffice:
    """Counts connections, stores messages, and writes down every step of every conversation."""

    def __init__(self, directory: Path) -> None:
        self.writer = MessageWriter(directory / "messages")
        self.faults = ActiveFaults()
        self.connections = 0
        self._journal = (directory / "journal.jsonl").open("a", buffering=1)

    def new_connection(self) -> int:
        """Its number among all connections since the mailbox started."""
        self.connections += 1
        return self.connections

    def store(self, sender: str, recipients: Sequence[str], data: bytes, connection: int) -> None:
        self.writer.append(sender, recipients, data, connection)
        self.note(connection, "kept", size=len(data), recipients=len(recipients))

    def note(self, connection: int, step: str, **details: Any) -> None:
        """One line of the journal: when, which connection, which step; never an address."""
        line = {"at": round(time.time(), 4), "connection": connection, "step": step, **details}
        self._journal.write(json.dumps(line) + "\n")

    def state(self) -> dict[str, Any]:
        return {
            "messages": self.writer.count,
            "connections": self.connections,
            "happened": self.faults.happened(),
        }
