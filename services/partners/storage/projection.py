"""The newest known state of projects and milestones, fed by events in whatever order they come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo.database import Database

from services.partners.storage import collections as names
from shared.contracts.envelope import Event
from shared.messaging.effects import keep_newest
from shared.mongo import database_errors


class MongoProjection:
    """The port `Projection`. A project is one aggregate: its version orders its milestones' states too."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._projects = database[names.PROJECTS]
        self._milestones = database[names.MILESTONES]

    def keep(self, event: Event) -> bool:
        project, milestone = event.data["project"], event.data.get("milestone")
        with database_errors():
            kept = keep_newest(
                self._projects, project["id"], event.version, {"project": project}, event.fingerprint
            )
            if milestone:
                fields = {"project_id": project["id"], "milestone": milestone}
                keep_newest(self._milestones, milestone["id"], event.version, fields, event.fingerprint)
        return kept

    def project(self, project_id: str) -> Mapping[str, Any] | None:
        with database_errors():
            found = self._projects.find_one({"_id": project_id}, {"project": 1})
        return found["project"] if found else None

    def milestone(self, milestone_id: str) -> Mapping[str, Any] | None:
        with database_errors():
            return self._milestones.find_one({"_id": milestone_id}, {"project_id": 1, "milestone": 1})
