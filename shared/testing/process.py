"""Child processes that never outlive the process that started them, and that can be killed or frozen."""

from __future__ import annotations

import ctypes
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

PR_SET_PDEATHSIG = 1
ROOT = Path(__file__).parents[2]
_libc = ctypes.CDLL(None, use_errno=True)

Process = subprocess.Popen[bytes]
_Request = tuple[Callable[[], Process], "Future[Process]"]


def python_environment() -> dict[str, str]:
    """Our own environment for a child that runs our code: found wherever it starts, compiled only once.

    Without compiled files a service takes three times as long to start.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    compiled = str(ROOT / ".run" / "bytecode")
    return {**environment, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": compiled, "PYTHONUNBUFFERED": "1"}


class DidNotStart(RuntimeError):
    """A child ended, or did not become ready in time. The text carries the end of its log."""


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _spawn_all(requests: queue.SimpleQueue[_Request]) -> None:
    while True:
        spawn, answer = requests.get()
        try:
            answer.set_result(spawn())
        except BaseException as error:
            answer.set_exception(error)


class _Spawner:
    """One thread that lives as long as the process and starts every child.

    The kernel sends the parent-death signal when the *thread* that forked ends: a child started by a
    test's short-lived thread would die with that thread.
    """

    def __init__(self) -> None:
        self._requests: queue.SimpleQueue[_Request] = queue.SimpleQueue()
        self._owner = 0
        self._lock = threading.Lock()

    def __call__(self, spawn: Callable[[], Process]) -> Process:
        with self._lock:
            if self._owner != os.getpid():
                self._owner = os.getpid()
                threading.Thread(target=_spawn_all, args=(self._requests,), daemon=True).start()
        answer: Future[Process] = Future()
        self._requests.put((spawn, answer))
        return answer.result()


_spawner = _Spawner()


class Child:
    """One process: its command, its environment, and a log file that both its outputs go to.

    `command` and `environment` may change between a stop and the next start.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log_file: Path
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self.log_file = log_file
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        """Raises RuntimeError before the first start."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs or before it started; negative: the signal that ended it."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Starts the process; does not wait for it to be ready."""
        if self.running:
            raise RuntimeError(f"{self.name} is running already")
        self._process = _spawner(self._open)

    def _open(self) -> Process:
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            return subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a person's Ctrl-C reaches us alone: we stop the rest in order
                preexec_fn=_die_with_parent,
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Polls `ready` until it is true; raises DidNotStart with the end of the log."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise DidNotStart(f"{self.name} ended with {self.exit_code}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise DidNotStart(f"{self.name} was not ready after {seconds:.0f} s:\n{self.log_tail()}")
            time.sleep(0.05)

    def stop(self, seconds: float = 20.0) -> None:
        """SIGTERM, and SIGKILL for one that has not ended after `seconds`."""
        if not self.running:
            return
        self.thaw()
        self.signal(signal.SIGTERM)
        if not self.wait(seconds):
            self.kill()

    def kill(self) -> None:
        """SIGKILL; returns once it is gone."""
        if self.running:
            self.signal(signal.SIGKILL)
            self.wait(10)

    def freeze(self) -> None:
        """SIGSTOP: it keeps its sockets and answers nothing."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the process, if it runs."""
        if self._process is not None and self.running:
            self._process.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """True when it ended within `seconds`."""
        if self._process is None:
            return True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def log_tail(self, lines: int = 30) -> str:
        """The last lines it printed."""
        try:
            return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return "(no log)"
