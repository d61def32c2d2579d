"""Who imported what stands in the history beside everything else that happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pymongo.database import Database

from shared.clock import Clock
from shared.contracts.envelope import Event
from shared.messaging.history import History
from shared.mongo import database_errors


def auditing(
    database: Database[dict[str, Any]], outboxes: Sequence[str], clock: Clock
) -> Callable[[Event], None]:
    """Keeps an event in the history, once; it is published to nobody, since nobody has to act on it."""
    history = History(database, outboxes)

    def keep(event: Event) -> None:
        with database_errors():
            history.record([event], clock.now())

    return keep
