"""What the mailbox can be told to do wrong, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

PHASES = ("connect", "ehlo", "mail", "rcpt", "data", "body", "dot", "stored")


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong at one moment of a conversation.

    `phase` is the moment: `connect` (before the greeting), `ehlo`, `mail`, `rcpt`, `data` (before 354),
    `body` (after 354, once `after_bytes` of the message were read), `dot` (the whole message was read
    and nothing is stored), `stored` (the message is stored and the reply not yet sent).

    What happens there, in this order: `freeze` waits so many seconds; then either `cut` (the connection
    is reset), or `reply` is sent instead of the usual one, and with `close` the connection ends after it.
    A fault with none of these but `freeze` goes on as usual afterwards.

    Which conversations it meets: `recipient` and `sender` are shell patterns (`*@bounce.example.org`;
    from `data` on, one matching recipient is enough); `connections` are numbers, the first one since the
    faults were set being 1. Of those meetings the first `skip` pass, then it happens `times` times
    (None: always).
    """

    phase: str
    reply: str | None = None
    cut: bool = False
    close: bool = False
    freeze: float = 0.0
    recipient: str = "*"
    sender: str = "*"
    connections: Sequence[int] = ()
    skip: int = 0
    times: int | None = None
    after_bytes: int = 200

    def __post_init__(self) -> None:
        if self.phase not in PHASES:
            raise ValueError(f"phase {self.phase!r} is none of {', '.join(PHASES)}")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class ActiveFaults:
    """The faults in force, and how often each has been met."""

    faults: tuple[Fault, ...] = ()
    met: list[int] = field(default_factory=list)
    connections_before: int = 0

    def replace(self, faults: Sequence[Fault], connections: int) -> None:
        """Sets the faults anew, after so many connections, and starts all counts from nought."""
        self.faults, self.met, self.connections_before = tuple(faults), [0] * len(faults), connections

    def find(self, phase: str, connection: int, sender: str, recipients: Sequence[str]) -> Fault | None:
        """The fault that happens now, if any; counts the meeting."""
        since = connection - self.connections_before
        for number, fault in enumerate(self.faults):
            if fault.phase == phase and _meets(fault, since, sender, recipients):
                self.met[number] += 1
                if self._due(fault, self.met[number]):
                    return fault
        return None

    def happened(self) -> list[int]:
        """How often each fault has happened, in the order in which they were set."""
        return [
            min(max(met - fault.skip, 0), met if fault.times is None else fault.times)
            for fault, met in zip(self.faults, self.met, strict=True)
        ]

    @staticmethod
    def _due(fault: Fault, met: int) -> bool:
        return met > fault.skip and (fault.times is None or met <= fault.skip + fault.times)


def _meets(fault: Fault, connection: int, sender: str, recipients: Sequence[str]) -> bool:
    if fault.connections and connection not in fault.connections:
        return False
    if not fnmatchcase(sender, fault.sender):
        return False
    return fault.recipient == "*" or any(fnmatchcase(to, fault.recipient) for to in recipients)
