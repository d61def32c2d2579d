"""What can stop a rehearsal.

RehearsalError
├── CannotRun        this machine cannot run containers, or has no images for them; says why
├── CommandFailed    a command ended badly; carries its output
└── NotHere          one step cannot be done on this machine; says why
OutOfTime            what --minutes allowed is over; no Exception, so that no step takes it for its own
"""

from __future__ import annotations

from collections.abc import Sequence


class RehearsalError(Exception):
    """The root of what this package raises."""


class OutOfTime(BaseException):
    """The time that somebody gave is over."""


class CannotRun(RehearsalError):
    """Nothing can be rehearsed here. The text is for a person."""


class NotHere(RehearsalError):
    """This step cannot be done here, for a reason that is no fault of the deployment."""


class CommandFailed(RehearsalError):
    """A command ended with another code than 0, or took too long (then `code` is None)."""

    def __init__(self, command: Sequence[str], code: int | None, output: str) -> None:
        self.command, self.code, self.output = list(command), code, output
        ended = "took too long" if code is None else f"ended with {code}"
        last = "\n".join(output.strip().splitlines()[-12:])
        super().__init__(f"`{' '.join(command[:6])}` {ended}:\n{last}")
