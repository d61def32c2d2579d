"""What this database holds about one contact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo.database import Database

from shared.mongo import database_errors


class AskedQuestions:
    """`services.projects.application.exporting.Asked`."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._questions = database["questions"]

    def of_contact(self, contact_id: str) -> Sequence[dict[str, Any]]:
        with database_errors():
            found = self._questions.find({"contact_id": contact_id}, {"fingerprint": 0}).sort("_id", 1)
            return [{"id": document.pop("_id"), **document} for document in found]
