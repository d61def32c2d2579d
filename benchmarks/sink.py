"""Debian's smtp-sink as the mail server of every contender, on a processor of its own.

Its running counter says when the n-th message was accepted, the same way for everybody.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
import time
from types import TracebackType

SINK_CPU = "1"
CLIENT_CPU = "0"
_COUNTER = re.compile(rb"mesg=(\d+)")


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pinned(command: list[str], cpu: str) -> list[str]:
    """The command on one processor, where the machine has more than one."""
    return ["taskset", "-c", cpu, *command] if (os.cpu_count() or 1) > 1 else command


class Sink:
    """A running smtp-sink. `accepted` counts messages; `wait_for(n)` gives the instant of the n-th."""

    def __init__(self, cpu: str = SINK_CPU) -> None:
        self.port = free_port()
        self.accepted = 0
        self._changed = threading.Condition()
        program = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
        as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [program, *as_nobody, "-c", f"127.0.0.1:{self.port}", "1000"]
        self._process = subprocess.Popen(
            pinned(command, cpu), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._reader = threading.Thread(target=self._count, daemon=True)
        self._reader.start()
        self._wait_until_listening()

    def _wait_until_listening(self) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("smtp-sink did not start: is Debian's postfix package installed?")

    def _count(self) -> None:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        rest = b""
        while chunk := os.read(descriptor, 65536):
            found = _COUNTER.findall(rest + chunk)
            rest = chunk[-32:]
            if found:
                with self._changed:
                    self.accepted = int(found[-1])
                    self._changed.notify_all()

    def wait_for(self, messages: int, timeout: float) -> float:
        """`time.time()` at which the count reached `messages`. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.accepted >= messages, timeout):
                raise TimeoutError(f"{self.accepted} of {messages} messages after {timeout:.0f} s")
            return time.time()

    def __enter__(self) -> Sink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(10)
