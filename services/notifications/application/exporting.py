"""A person's copy of what this service holds about them (PDPA, ม.30)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from services.notifications.application.viewing import Viewing
from shared.clock import Clock

_AT_ONCE = 200  # deliveries


class Holdings(Protocol):
    def of(self, contact_id: str) -> dict[str, list[dict[str, Any]]]:
        """Every record about the contact, by the name of its collection."""


@dataclass(frozen=True)
class Exporting:
    """Reads only."""

    viewing: Viewing
    holdings: Holdings
    clock: Clock

    def export(self, contact_id: str) -> dict[str, Any]:
        """Deliveries with their reasons, the messages as sent and what was tried; and all other records.
        Of a contact that nobody knows, empty lists."""
        return {
            "exported_at": self.clock.now(),
            "contact_id": contact_id,
            "deliveries": list(self._deliveries(contact_id)),
            **self.holdings.of(contact_id),
        }

    def _deliveries(self, contact_id: str) -> Iterator[dict[str, Any]]:
        after: str | None = None
        while found := self.viewing.deliveries({"contact": contact_id}, after, _AT_ONCE):
            for each in found:
                detail = self.viewing.delivery(each["id"])
                message = detail["message"]
                shown = {name: message[name] for name in ("language", "subject", "text")} if message else None
                yield {**detail, "message": shown}
            after = found[-1]["id"]
