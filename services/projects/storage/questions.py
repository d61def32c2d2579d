"""What contacts asked, in a collection of its own."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from shared.messaging.effects import insert_once
from shared.messaging.erasing import erase_dead_letters
from shared.mongo import database_errors

Document = dict[str, Any]


class QuestionStore:
    """`services.projects.application.questions.QuestionBook`."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._questions = database["questions"]
        self._erased = database["erased_contacts"]

    def ensure_indexes(self) -> None:
        self._questions.create_index("project_id")
        self._questions.create_index("contact_id")

    def add(self, question: Document, fingerprint: str) -> bool:
        document = {"_id": question["id"], **{k: v for k, v in question.items() if k != "id"}}
        with database_errors():
            if self._is_erased(question["contact_id"]):
                return False
            added = insert_once(self._questions, document, fingerprint)
            if self._is_erased(question["contact_id"]):  # at the same moment
                self._questions.delete_one({"_id": question["id"]})
                return False
            return added

    def of_project(self, project_id: str, after: str | None, limit: int) -> list[Document]:
        condition: Document = {"project_id": project_id, **({"_id": {"$gt": after}} if after else {})}
        with database_errors():
            found = self._questions.find(condition, {"fingerprint": 0}).sort("_id", 1).limit(limit)
            return [{"id": d.pop("_id"), **d} for d in found]

    def forget(self, contact_id: str) -> int:
        with database_errors():
            self._erased.update_one({"_id": contact_id}, {"$set": {"_id": contact_id}}, upsert=True)
            erase_dead_letters(self._database, "projects.questions", contact_id)
            return self._questions.delete_many({"contact_id": contact_id}).deleted_count

    def _is_erased(self, contact_id: str) -> bool:
        return self._erased.find_one({"_id": contact_id}) is not None
