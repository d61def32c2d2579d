"""What mail waits for, as `/v1/sending` says it, for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from prasan.screen import Screen

_COLUMNS = ("waits_for", "count", "next_at")


def waiting_table(screen: Screen, waiting: Sequence[Mapping[str, Any]]) -> Table | None:
    """A line for each cause; None where nothing waits."""
    if not waiting:
        return None
    rows = ((screen.text(f"cause.{each['cause']}"), each["count"], each["next_at"]) for each in waiting)
    return screen.table(_COLUMNS, rows)
