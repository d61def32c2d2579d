"""The versions of this service's database: what each changes, in order."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from services.partners.storage.collections import ensure_indexes
from shared.messaging.history import History
from shared.migrations import Migration


def create_indexes(database: Database[dict[str, Any]]) -> None:
    ensure_indexes(database)
    History(database, ()).ensure_indexes()


MIGRATIONS = (Migration(1, "every index that a question needs", create_indexes),)
