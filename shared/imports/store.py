"""The collection `imports`: what was handed in, by whom, how far it is, and what became of each row.

The rows themselves, which may name people, are kept only until the last of them is applied.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.errors import NotFound
from shared.identity import derived_id
from shared.mongo import database_errors

COLLECTION = "imports"
STORED, DONE = "stored", "done"
Document = dict[str, Any]


@dataclass(frozen=True)
class ImportRow:
    """A row of one sheet, as the schema of that sheet loaded it."""

    sheet: str
    number: int
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """What became of a row: `what` is created, existing, merged, erased or refused (then with a `problem`).
    `code` is what other rows of the file call it, `id` what the service does."""

    sheet: str
    row: int
    what: str
    id: str | None = None
    code: str | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Import:
    """An import under way."""

    id: str
    by: str
    roles: frozenset[str]
    rows: Sequence[ImportRow]
    results: Sequence[Result]


def import_id(service: str, content: str) -> str:
    """The same rows are the same import, whoever hands them in again."""
    return derived_id("import", service, content)


def same_rows(rows: Sequence[ImportRow]) -> str:
    """A hash that only the same rows have."""
    content = json.dumps([[row.sheet, dict(row.body)] for row in rows], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


class ImportStore:
    """Raises DependencyDown where the database is away."""

    def __init__(self, database: Database[Document]) -> None:
        self._imports = database[COLLECTION]

    def ensure_indexes(self) -> None:
        with database_errors():
            self._imports.create_index("state")

    def add(self, identity: str, about: Mapping[str, Any], rows: Sequence[ImportRow]) -> bool:
        """All of it in one write; False if it was there already."""
        document = {
            "_id": identity,
            **about,
            "state": STORED,
            "total": len(rows),
            "rows": [{"sheet": row.sheet, "number": row.number, "body": _plain(row.body)} for row in rows],
            "results": [],
            "finished_at": None,
        }
        with database_errors():
            try:
                self._imports.insert_one(document)
            except DuplicateKeyError:
                return False
        return True

    def unfinished(self) -> list[str]:
        with database_errors():
            return [document["_id"] for document in self._imports.find({"state": STORED}, {"_id": 1})]

    def load(self, identity: str) -> Import | None:
        """None once it is done."""
        with database_errors():
            found = self._imports.find_one({"_id": identity, "state": STORED})
        if found is None:
            return None
        rows = [ImportRow(row["sheet"], row["number"], row["body"]) for row in found["rows"]]
        results = [Result(**result) for result in found["results"]]
        return Import(identity, found["by"], frozenset(found["roles"]), rows, results)

    def applied(self, identity: str, before: int, results: Sequence[Result]) -> bool:
        """Keep what became of the next rows; False if another replica did so first."""
        following = {"_id": identity, "state": STORED, "results": {"$size": before}}
        change = {"$push": {"results": {"$each": [vars(result) for result in results]}}}
        with database_errors():
            return self._imports.update_one(following, change).matched_count == 1

    def finish(self, identity: str, at: datetime) -> bool:
        """Nothing of the rows is kept; False if it was finished before."""
        change = {"$set": {"state": DONE, "finished_at": at}, "$unset": {"rows": ""}}
        with database_errors():
            return self._imports.update_one({"_id": identity, "state": STORED}, change).matched_count == 1

    def page(self, after: str | None, limit: int) -> list[Document]:
        condition = {"_id": {"$gt": after}} if after else {}
        with database_errors():
            found = list(self._imports.find(condition, {"rows": 0}).sort("_id", 1).limit(limit))
        return [_view(document) for document in found]

    def get(self, identity: str) -> Document:
        """Raises NotFound."""
        with database_errors():
            found = self._imports.find_one({"_id": identity}, {"rows": 0})
        if found is None:
            raise NotFound("import-not-found")
        return _view(found)

    def results(self, identity: str, after: int, limit: int) -> list[Document]:
        """Up to `limit` results behind that many. Raises NotFound."""
        with database_errors():
            wanted = {"results": {"$slice": [after, limit]}, "rows": 0}
            found = self._imports.find_one({"_id": identity}, wanted)
        if found is None:
            raise NotFound("import-not-found")
        return [{**result, "number": after + n} for n, result in enumerate(found["results"], start=1)]


def _view(document: Mapping[str, Any]) -> Document:
    counts = Counter(result["what"] for result in document["results"])
    kept = {name: value for name, value in document.items() if name not in ("_id", "results", "roles")}
    return {"id": document["_id"], **kept, "done": len(document["results"]), "counts": dict(counts)}


def _plain(value: Any) -> Any:
    """What BSON can hold: a day is a text there."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value
