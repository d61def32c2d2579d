"""Which projects are there already, as an import asks it."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from shared.mongo import database_errors


class ProjectLookup:
    """`services.projects.application.importing.Lookup`."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._projects = database["projects"]

    def ensure_indexes(self) -> None:
        self._projects.create_index("emenscr", sparse=True)
        self._projects.create_index("title.th")

    def project_like(self, emenscr: str | None, title: str, fiscal_year: int) -> str | None:
        wanted: dict[str, Any] = {"title.th": title, "fiscal_year": fiscal_year}
        with database_errors():
            by_code = self._projects.find_one({"emenscr": emenscr}, {"_id": 1}) if emenscr else None
            found = by_code or self._projects.find_one(wanted, {"_id": 1})
        return str(found["_id"]) if found else None
