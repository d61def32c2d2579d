"""The versions of this service's database: what each changes, in order."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from services.projects.storage.outcomes import OutcomeStore
from services.projects.storage.plans import Indicators, Programmes, Projects
from shared.messaging.history import History
from shared.migrations import Migration


def create_indexes(database: Database[dict[str, Any]]) -> None:
    for store in (
        Projects(database["projects"]),
        Indicators(database["indicators"]),
        Programmes(database["programmes"]),
        OutcomeStore(database),
        History(database, ()),
    ):
        store.ensure_indexes()


MIGRATIONS = (Migration(1, "every index that a question needs", create_indexes),)
