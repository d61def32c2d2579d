"""The mailbox as tests, the demo and `make run` hold it in their hands."""

from __future__ import annotations

import json
import shutil
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from shared.testing.mailbox.faults import Fault
from shared.testing.mailbox.store import MessageReader, Received
from shared.testing.ports import answers, free_port, wait_until_free
from shared.testing.process import Child, python_environment

START_SECONDS = 15


class Mailbox:
    """A mail server in a process of its own, on a free port, which keeps every message it takes.

    `credentials` (`user:password`) makes it insist on AUTH. Faults are forgotten when it restarts;
    messages are not.
    """

    def __init__(self, run_dir: Path, *, credentials: str = "") -> None:
        self.directory = run_dir / "mailbox"
        self.port = free_port()
        self._control_port = free_port()
        self._credentials = credentials
        self._reader = MessageReader(self.directory / "messages")
        self._messages: list[Received] = []
        command = [sys.executable, "-m", "shared.testing.mailbox", "--directory", str(self.directory)]
        command += ["--smtp-port", str(self.port), "--control-port", str(self._control_port)]
        command += ["--credentials", credentials]
        self._server = Child("mailbox", command, python_environment(), self.directory / "server.log")

    @property
    def url(self) -> str:
        """What SMTP_URL must say to reach it."""
        user = f"{self._credentials}@" if self._credentials else ""
        return f"smtp://{user}127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        return self._server.running

    def start(self) -> None:
        """Returns once it takes connections."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._server.start()
        self._server.wait_until(lambda: answers(self._control_port), START_SECONDS)

    def stop(self) -> None:
        self._server.stop()

    def discard(self) -> None:
        """Ends the server at once and removes the messages."""
        self._server.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def kill(self) -> None:
        """kill -9; what it took is kept."""
        self._server.kill()

    def restart(self) -> None:
        """Ends it if it still runs; takes connections when it returns."""
        self._server.stop()
        wait_until_free(self.port)
        self.start()

    def freeze(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        self._server.freeze()

    def thaw(self) -> None:
        self._server.thaw()

    def misbehave(self, *faults: Fault) -> None:
        """These faults, and no others, from now on; on open connections too."""
        self._order("faults", faults=[fault.to_dict() for fault in faults])

    def behave(self) -> None:
        """No faults, and connections are taken."""
        self._order("faults", faults=[])
        self._order("listen")

    def refuse(self) -> None:
        """New connections are refused, as by a machine where no mail server runs."""
        self._order("refuse")

    def state(self) -> dict[str, Any]:
        """{messages: kept, connections: since it started, happened: how often each fault has}."""
        return self._order("state")

    def messages(self) -> list[Received]:
        """Every message it has kept, in order."""
        self._messages.extend(self._reader.new())
        return list(self._messages)

    def wait_for(self, count: int, seconds: float = 30) -> list[Received]:
        """Every message, once there are at least `count`; raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while len(messages := self.messages()) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(messages)} of {count} messages after {seconds:.0f} s")
            time.sleep(0.05)
        return messages

    def clear(self) -> None:
        """Forgets the messages."""
        self._order("clear")
        self._reader.restart()
        self._messages = []

    def journal(self) -> list[dict[str, Any]]:
        """Every step of every conversation: {at, connection, step, ...}."""
        lines = (self.directory / "journal.jsonl").read_text().splitlines()
        steps = []
        for line in lines:
            with suppress(json.JSONDecodeError):  # the last line, half written at a kill -9
                steps.append(json.loads(line))
        return steps

    def _order(self, command: str, **arguments: Any) -> dict[str, Any]:
        with socket.create_connection(("127.0.0.1", self._control_port), 10) as control:
            control.sendall(json.dumps({"command": command, **arguments}).encode() + b"\n")
            with control.makefile() as lines:
                answer: dict[str, Any] = json.loads(lines.readline())
        if "error" in answer:
            raise ValueError(f"the mailbox refused {command}: {answer['error']}")
        return answer
