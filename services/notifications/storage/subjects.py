"""What has become of milestones and projects: one document each, fed by every audience page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.notifications.domain.subjects import Alert, Milestone
from services.notifications.storage.documents import Document
from shared.messaging.effects import keep_newest
from shared.mongo import database_errors

_MILESTONE, _PROJECT = "milestones/", "projects/"
IDS_AT_ONCE = 200  # a query of thousands costs the embedded server more than many small ones


class SubjectStore:
    """Alerts of a milestone are a set that grows; of a project the newest visibility is kept."""

    def __init__(self, database: Database[Document]) -> None:
        self._subjects = database["subjects"]

    def note_alert(self, milestone_id: str, alert: Alert) -> None:
        content = {
            "event_id": alert.event_id,
            "type": alert.type,
            "firm_at": alert.firm_at,
            **({"steps": list(alert.steps)} if alert.steps else {}),
        }
        self._upsert(milestone_id, {"$set": {f"alerts.{alert.version}": content}})

    def note_recall(self, milestone_id: str, event_ids: Sequence[str]) -> None:
        self._upsert(milestone_id, {"$addToSet": {"recalled": {"$each": list(event_ids)}}})

    def _upsert(self, milestone_id: str, change: Mapping[str, Any]) -> None:
        """Pages of one event are handled at once: two of them may both be the first."""
        key = {"_id": _MILESTONE + milestone_id}
        with database_errors():
            try:
                self._subjects.update_one(key, change, upsert=True)
            except DuplicateKeyError:
                self._subjects.update_one(key, change)

    def note_visibility(self, project_id: str, version: int, visibility: str) -> None:
        with database_errors():
            keep_newest(self._subjects, _PROJECT + project_id, version, {"visibility": visibility})

    def read(
        self, milestone_ids: Iterable[str], project_ids: Iterable[str]
    ) -> tuple[Mapping[str, Milestone], Mapping[str, str]]:
        """(milestones, visibilities of projects), in one round trip unless a digest asks for very many."""
        ids = [_MILESTONE + i for i in milestone_ids] + [_PROJECT + i for i in project_ids]
        found: dict[str, Document] = {}
        for start in range(0, len(ids), IDS_AT_ONCE):
            with database_errors():
                part = self._subjects.find({"_id": {"$in": ids[start : start + IDS_AT_ONCE]}})
                found.update((document["_id"], document) for document in part)
        milestones = {
            key.removeprefix(_MILESTONE): _milestone(document)
            for key, document in found.items()
            if key.startswith(_MILESTONE)
        }
        visibilities = {
            key.removeprefix(_PROJECT): document["visibility"]
            for key, document in found.items()
            if key.startswith(_PROJECT)
        }
        return milestones, visibilities


def _milestone(document: Mapping[str, Any]) -> Milestone:
    alerts = tuple(
        Alert(alert["event_id"], alert["type"], int(version), alert["firm_at"], tuple(alert.get("steps", ())))
        for version, alert in document.get("alerts", {}).items()
    )
    return Milestone(alerts, frozenset(document.get("recalled", ())))
