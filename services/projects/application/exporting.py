"""A person's copy of what this service holds about them (PDPA, ม.30): what they asked, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.clock import Clock


class Asked(Protocol):
    def of_contact(self, contact_id: str) -> Sequence[dict[str, Any]]:
        """Every question of the contact."""


@dataclass(frozen=True)
class Exporting:
    """Reads only."""

    asked: Asked
    clock: Clock

    def export(self, contact_id: str) -> dict[str, Any]:
        """Of a contact that nobody knows, empty lists."""
        return {
            "exported_at": self.clock.now(),
            "contact_id": contact_id,
            "questions": list(self.asked.of_contact(contact_id)),
        }
