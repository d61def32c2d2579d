"""Named places where a test may make a process die or freeze; off unless PRASAN_FAILPOINTS is set.

`PRASAN_FAILPOINTS=relay.published=crash@3,window.sent=freeze@1:20` kills the process with SIGKILL when
it passes `relay.published` for the third time, and stops it for 20 seconds at the first `window.sent`.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.errors import Misconfigured

VARIABLE = "PRASAN_FAILPOINTS"
_FORM = re.compile(
    r"^(?P<name>[\w.]+)=(?P<action>crash|freeze)@(?P<passage>\d+)(:(?P<seconds>\d+(\.\d+)?))?$"
)


@dataclass(frozen=True)
class Failpoint:
    """What happens at the `passage`-th time that the place is passed."""

    name: str
    action: str
    passage: int
    seconds: float


def parse(text: str) -> dict[str, Failpoint]:
    """The failpoints that the variable names. Raises Misconfigured."""
    failpoints = (_parse_one(part.strip()) for part in text.split(",") if part.strip())
    return {failpoint.name: failpoint for failpoint in failpoints}


def _parse_one(text: str) -> Failpoint:
    match = _FORM.match(text)
    if match is None:
        raise Misconfigured(f"{VARIABLE}: write name=crash@N or name=freeze@N:SECONDS, not {text!r}")
    return Failpoint(match["name"], match["action"], int(match["passage"]), float(match["seconds"] or 0))


def _crash(_: Failpoint) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _freeze(failpoint: Failpoint) -> None:
    """Stop the whole process as SIGSTOP does; a child that outlives the stop wakes it again."""
    wake = f"import os, signal, time; time.sleep({failpoint.seconds}); os.kill({os.getpid()}, signal.SIGCONT)"
    subprocess.Popen([sys.executable, "-c", wake])  # reaped when this process ends
    os.kill(os.getpid(), signal.SIGSTOP)


_ACTIONS: Mapping[str, Callable[[Failpoint], None]] = {"crash": _crash, "freeze": _freeze}
_armed = parse(os.environ.get(VARIABLE, ""))
_passages: dict[str, int] = {}


def failpoint(name: str) -> None:
    """Pass the place called `name`."""
    if not _armed:
        return
    armed = _armed.get(name)
    if armed is None:
        return
    _passages[name] = _passages.get(name, 0) + 1
    if _passages[name] == armed.passage:
        _ACTIONS[armed.action](armed)
