"""Children die with their parent, whatever becomes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from shared.testing.ports import answers, free_port, is_free
from shared.testing.process import Child, DidNotStart

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]

PARENT = """
import os, sys, threading, time
from pathlib import Path
from shared.testing.process import Child

command = [sys.executable, "-c", "import time; time.sleep(60)"]
child = Child("sleeper", command, dict(os.environ), Path({log!r}))
child.start()
print(child.pid, flush=True)
time.sleep(60)
"""


def sleeper(tmp_path: Path) -> Child:
    return Child("sleeper", SLEEPER, dict(os.environ), tmp_path / "sleeper.log")


def alive(pid: int) -> bool:
    """False for a process that is gone, or that is dead and only not yet reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_child_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    """kill -9 of the parent leaves nothing behind."""
    script = PARENT.format(log=str(tmp_path / "child.log"))
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert alive(pid)

    parent.kill()
    parent.wait(10)

    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(pid)


def test_a_child_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    """The kernel's parent-death signal is the thread's; starting from a short-lived thread is safe."""
    child = sleeper(tmp_path)
    thread = threading.Thread(target=child.start)
    thread.start()
    thread.join()

    assert not child.wait(0.3)
    child.kill()


def test_a_frozen_child_can_be_stopped(tmp_path: Path) -> None:
    """A stop reaches a process that was frozen and forgotten."""
    child = sleeper(tmp_path)
    child.start()
    child.freeze()

    child.stop(5)

    assert child.exit_code == -signal.SIGTERM


def test_a_child_that_ends_at_once_says_why(tmp_path: Path) -> None:
    """Waiting for it raises with the end of its log, at once and not after the time is up."""
    child = Child("broken", [sys.executable, "-c", "raise SystemExit('no such luck')"], {}, tmp_path / "log")
    child.start()

    with pytest.raises(DidNotStart, match="no such luck"):
        child.wait_until(lambda: False, 30)


def test_a_port_is_handed_out_once() -> None:
    """Two servers of one process never get the same port."""
    ports = [free_port() for _ in range(50)]

    assert len(set(ports)) == 50
    assert all(is_free(port) and not answers(port) for port in ports)
