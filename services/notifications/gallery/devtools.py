"""One headless Chromium of our own, spoken to over a pipe with the DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/ ; each message is JSON and ends with a zero byte.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from shared.errors import Misconfigured

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-dev-shm-usage", "--remote-debugging-pipe",
)  # fmt: skip
_READS, _WRITES = 3, 4  # the descriptors on which --remote-debugging-pipe listens and answers
_END = b"\0"
_PATIENCE = 10  # seconds for Chromium to leave


class DevTools:
    """The browser's process and its pipe. `profile` is a directory that nothing else uses."""

    def __init__(self, profile: Path) -> None:
        self._numbers = count(1)
        self._received = b""
        reads, self._to = os.pipe()
        self._from, writes = os.pipe()
        self._process = _start(profile, reads, writes)
        os.close(reads)
        os.close(writes)

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """The result of one command. Raises ValueError where Chromium refuses, OSError where it has gone."""
        number = next(self._numbers)
        request = {"id": number, "method": method, "params": params}
        self._send(request | ({"sessionId": session} if session else {}))
        answer = self._receive()
        while answer.get("id") != number:  # events and late answers
            answer = self._receive()
        if "error" in answer:
            raise ValueError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def close(self) -> None:
        with suppress(OSError, ValueError):
            self.call("Browser.close")
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._to)
        os.close(self._from)

    def _send(self, request: dict[str, Any]) -> None:
        message = json.dumps(request).encode() + _END
        while message:
            message = message[os.write(self._to, message) :]

    def _receive(self) -> dict[str, Any]:
        parts = [self._received]
        while _END not in parts[-1]:
            parts.append(os.read(self._from, 1 << 20))
            if not parts[-1]:
                raise OSError("Chromium has gone")
        message, _, self._received = b"".join(parts).partition(_END)
        answer: dict[str, Any] = json.loads(message)
        return answer


def _start(profile: Path, reads: int, writes: int) -> subprocess.Popen[bytes]:
    """Chromium with our pipe on its descriptors 3 and 4. Raises Misconfigured where there is none."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        raise Misconfigured("no Chromium found: install the package `chromium`, and Thai fonts with it")

    def give_pipe() -> None:
        high = os.dup(reads), os.dup(writes)  # so that neither is overwritten by the other
        os.dup2(high[0], _READS)
        os.dup2(high[1], _WRITES)

    return subprocess.Popen(
        [program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
        preexec_fn=give_pipe,  # no thread runs here; Popen has no other way to place descriptors
        pass_fds=(_READS, _WRITES),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
