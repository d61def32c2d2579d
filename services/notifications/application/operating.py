"""What an operator does to sending: pause, resume, suppress an address, lift a suppression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from services.notifications.domain.contacts import Contact
from services.notifications.domain.waiting import Waiting, queues
from shared.clock import Clock

BY_OPERATOR = "operator"


class Control(Protocol):
    """Whether sending is paused, for all replicas."""

    def read(self) -> dict[str, Any]: ...

    def write(self, paused: bool, by: str, now: datetime) -> dict[str, Any]: ...

    def waiting(self) -> int: ...

    def waits(self, now: datetime) -> list[Waiting]: ...


class SuppressionBook(Protocol):
    """The suppressed addresses, by fingerprint."""

    def add(
        self, fingerprint: str, why: str, now: datetime, *, by: str, contact: Contact | None = None
    ) -> dict[str, Any]: ...

    def get(self, fingerprint: str) -> dict[str, Any]: ...

    def lift(self, fingerprint: str, version: int, by: str) -> None: ...

    def page(self, after: str | None, limit: int) -> list[dict[str, Any]]: ...

    def contact_of(self, fingerprint: str) -> Contact | None: ...


@dataclass(frozen=True)
class Operating:
    """`mode` is MAIL_MODE, `rests_for` how many seconds this process rests because of the mail server."""

    control: Control
    book: SuppressionBook
    fingerprint: Callable[[str], str]
    clock: Clock
    mode: str
    rests_for: Callable[[], float]

    def sending(self) -> dict[str, Any]:
        return self._view(self.control.read())

    def pause(self, by: str) -> dict[str, Any]:
        return self._view(self.control.write(True, by, self.clock.now()))

    def resume(self, by: str) -> dict[str, Any]:
        return self._view(self.control.write(False, by, self.clock.now()))

    def suppress(self, address: str, why: str | None, by: str) -> dict[str, Any]:
        """Nothing is sent to this address any more. The address itself is not kept."""
        fingerprint = self.fingerprint(address)
        contact = self.book.contact_of(fingerprint)
        found = self.book.add(fingerprint, why or BY_OPERATOR, self.clock.now(), by=by, contact=contact)
        return suppression_view(found)

    def suppression(self, fingerprint: str) -> dict[str, Any]:
        """Raises NotFound."""
        return suppression_view(self.book.get(fingerprint))

    def lift(self, fingerprint: str, version: int, by: str) -> None:
        """Raises NotFound, PreconditionFailed."""
        self.book.lift(fingerprint, version, by)

    def suppressions(self, after: str | None, limit: int) -> list[dict[str, Any]]:
        return [suppression_view(found) for found in self.book.page(after, limit)]

    def _view(self, control: dict[str, Any]) -> dict[str, Any]:
        found = self.control.waits(self.clock.now())
        return {
            "mode": self.mode,
            "paused": control["paused"],
            "by": control["by"],
            "at": control["at"],
            "waiting_dispatches": self.control.waiting(),
            "waiting": [asdict(queue) for queue in queues(found, control["paused"])],
            "rests_for_seconds": round(self.rests_for(), 1),
        }


def suppression_view(document: dict[str, Any]) -> dict[str, Any]:
    names = ("version", "why", "at", "by")
    return {"id": document["_id"], **{name: document[name] for name in names}}
