"""The newest word on each alert: audiences inserted once, dispatches kept at their newest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.database import Database

from services.projects.application.ports import Word
from services.projects.domain.outcomes import Audience, Count
from shared.contracts.envelope import Event
from shared.messaging.effects import insert_once, keep_newest
from shared.mongo import database_errors

Document = dict[str, Any]


class OutcomeStore:
    """Collections `audiences` (`_id` = the alert's event id) and `outcomes` (`_id` = the dispatch's)."""

    def __init__(self, database: Database[Document]) -> None:
        self._audiences = database["audiences"]
        self._dispatches = database["outcomes"]

    def ensure_indexes(self) -> None:
        self._dispatches.create_index("event_id")

    def audience(self, event: Event) -> bool:
        """Raises ConflictingDuplicate if the audience is known to be another."""
        names = ("event_type", "project_id", "milestone_id", "pages", "relevant", "left_out")
        document = {"_id": event.data["event_id"], **{name: event.data.get(name) for name in names}}
        return insert_once(self._audiences, document, event.fingerprint)

    def dispatch(self, event: Event) -> bool:
        """Raises ConflictingDuplicate if this version of it is known with other counts."""
        names = ("event_id", "project_id", "milestone_id", "outcomes")
        fields = {name: event.data[name] for name in names}
        version = event.data["dispatch_version"]
        return keep_newest(self._dispatches, event.data["dispatch_id"], version, fields, event.fingerprint)

    def of_events(self, event_ids: Sequence[str]) -> Mapping[str, Word]:
        with database_errors():
            # Dispatches first: an audience is known before its dispatches, so none is counted without it.
            dispatches = list(self._dispatches.find({"event_id": {"$in": list(event_ids)}}))
            audiences = {d["_id"]: d for d in self._audiences.find({"_id": {"$in": list(event_ids)}})}
        return {
            event_id: Word(
                _audience(audiences.get(event_id)),
                [_counts(d) for d in dispatches if d["event_id"] == event_id],
            )
            for event_id in event_ids
        }


def _audience(document: Document | None) -> Audience | None:
    return None if document is None else Audience(document["relevant"], document["left_out"])


def _counts(document: Document) -> list[Count]:
    return [Count(each["state"], each.get("why"), each["count"]) for each in document["outcomes"]]
