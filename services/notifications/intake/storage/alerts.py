"""The projects that alerts were about, for whoever answers an answer."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from shared.mongo import database_errors


class AlertedProjects:
    """`services.notifications.intake.application.acknowledging.Projects`."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._alerts = database["alerts"]

    def of_event(self, event_id: str) -> dict[str, Any] | None:
        with database_errors():
            found = self._alerts.find_one({"_id": event_id}, {"about.data.project": 1})
        project = (found or {}).get("about", {}).get("data", {}).get("project")
        return project if isinstance(project, dict) and "coordinator" in project else None
