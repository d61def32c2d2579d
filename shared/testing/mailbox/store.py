"""The file that the mailbox appends each accepted message to: a line of JSON, then the message."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Received:
    """One message as the mail server took it: its envelope, its bytes, when, on which connection."""

    envelope_from: str
    recipients: tuple[str, ...]
    data: bytes
    at: datetime
    connection: int

    @cached_property
    def message(self) -> EmailMessage:
        """The parsed message; headers come out decoded."""
        parsed = message_from_bytes(self.data, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"] or "").strip()

    def body(self, kind: str = "plain") -> str:
        """The decoded text of the `plain` or `html` part; empty where there is none."""
        part = self.message.get_body(preferencelist=(kind,))
        return str(part.get_content()) if part is not None else ""


class MessageWriter:
    """Appends; what a call has written survives the death of the process."""

    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.count = sum(1 for _ in MessageReader(file).new()) if file.stat().st_size else 0

    def append(self, sender: str, recipients: Sequence[str], data: bytes, connection: int) -> None:
        head = {
            "from": sender,
            "to": list(recipients),
            "at": datetime.now(UTC).isoformat(),
            "connection": connection,
            "size": len(data),
        }
        os.write(self._descriptor, json.dumps(head).encode() + b"\n" + data + b"\n")
        self.count += 1

    def clear(self) -> None:
        os.ftruncate(self._descriptor, 0)
        self.count = 0


class MessageReader:
    """Reads what is new since it last looked; a message half written is left for the next look."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._offset = 0

    def new(self) -> Iterator[Received]:
        if not self._file.exists():
            return
        with self._file.open("rb") as stream:
            stream.seek(self._offset)
            while (message := _read_one(stream.readline(), stream.read)) is not None:
                self._offset = stream.tell()
                yield message

    def restart(self) -> None:
        """Reads from the beginning again."""
        self._offset = 0


def _read_one(line: bytes, read: Callable[[int], bytes]) -> Received | None:
    if not line.endswith(b"\n"):
        return None
    head = json.loads(line)
    data = read(head["size"] + 1)
    if len(data) != head["size"] + 1:
        return None
    at = datetime.fromisoformat(head["at"])
    return Received(head["from"], tuple(head["to"]), data[:-1], at, head["connection"])
