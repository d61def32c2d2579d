"""What the service has said: the relay's history, joined with what still waits in the outboxes."""

from __future__ import annotations

from collections.abc import Callable

from services.projects.application.ports import EventFilter
from shared.contracts.envelope import Event
from shared.messaging.history import History
from shared.mongo import database_errors


class EventLog:
    """Reads the history; `republish` is the relay's."""

    def __init__(self, history: History, republish: Callable[[str], None]) -> None:
        self._history = history
        self._republish = republish

    def get(self, event_id: str) -> Event | None:
        with database_errors():
            return self._history.get(event_id)

    def of_project(self, project_id: str) -> list[Event]:
        with database_errors():
            return self._history.of_project(project_id)

    def page(self, wanted: EventFilter, after: str | None, limit: int) -> list[Event]:
        with database_errors():
            return self._history.page(wanted.types, after, wanted.older_than, wanted.younger_than, limit)

    def republish(self, event_id: str) -> None:
        """Raises NotFound, DependencyDown."""
        with database_errors():
            self._republish(event_id)
