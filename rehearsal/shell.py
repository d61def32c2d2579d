"""Commands of the machine, with a limit of time and their whole output kept."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.errors import CommandFailed

_MINUTE = 60.0


@dataclass(frozen=True)
class Result:
    """How a command ended and what it said, both streams together."""

    code: int
    output: str


@dataclass
class Shell:
    """Runs commands in one directory and one environment; each one is written to `log`."""

    directory: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *command: str, seconds: float = 10 * _MINUTE, stdin: bytes | None = None) -> str:
        """The output. Raises CommandFailed."""
        result = self.attempt(*command, seconds=seconds, stdin=stdin)
        if result.code:
            raise CommandFailed(command, result.code, result.output)
        return result.output

    def attempt(
        self,
        *command: str,
        seconds: float = 10 * _MINUTE,
        stdin: bytes | None = None,
        quiet: bool = False,
    ) -> Result:
        """How it ended, however it ended; not in the log if `quiet`.

        Raises CommandFailed only when it takes too long.
        """
        process = subprocess.Popen(
            command,
            cwd=self.directory,
            env={**os.environ, **self.environment},
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that its children can be ended with it
        )
        try:
            raw, _ = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raw, _ = process.communicate()
            self._note(command, None, raw.decode(errors="replace"))
            raise CommandFailed(command, None, raw.decode(errors="replace")) from None
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            raise
        output = raw.decode(errors="replace")
        if not quiet:
            self._note(command, process.returncode, output)
        return Result(process.returncode, output)

    def within(self, directory: Path, **environment: str) -> Shell:
        """The same, elsewhere or with more in its environment."""
        return Shell(directory, self.log, {**self.environment, **environment})

    def _note(self, command: Sequence[str], code: int | None, output: str) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"\n$ {' '.join(command)}\n{output}\n-> {code}\n")
