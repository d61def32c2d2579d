"""Endpoints of imports, the same in every service that has them, and the timer that applies them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import structlog
from marshmallow import Schema
from nameko.timer import timer

from shared.http import Answer, Request, endpoint
from shared.http.pagination import PageQuery, page, page_schema
from shared.imports.schemas import LARGEST_IMPORT, ImportAnswer, ImportQuery, ImportResult, ImportSchema
from shared.mongo import DEPENDENCY_DOWN

IMPORTS = "/v1/imports"
ONE = f"{IMPORTS}/<import_id>"
EVERY = 2  # seconds until a stored import is begun

log = structlog.get_logger(__name__)


def import_endpoints(body: type[Schema], roles: Collection[str]) -> type[Any]:
    """A part of a service whose `use_cases` have `imports` (check, hand_in), `import_store`, `importer`."""

    class ImportEndpoints:
        """Whole spreadsheets; nobody is alerted."""

        use_cases: Any

        @endpoint(
            "POST",
            IMPORTS,
            roles=roles,
            body=body,
            query=ImportQuery,
            answer=ImportAnswer,
            status=202,
            idempotent=True,
            max_body=LARGEST_IMPORT,
        )
        def hand_in_import(self, request: Request) -> Answer:
            """Checks all rows, stores them as one import, and applies them soon; the same rows only once."""
            imports = self.use_cases.imports
            if request.query["check"]:
                imports.check(request.body, request.caller)
                return Answer(None, 204)
            return Answer(imports.hand_in(request.body, request.caller))

        @endpoint("GET", IMPORTS, roles=roles, query=PageQuery, answer=page_schema(ImportSchema))
        def imports(self, request: Request) -> Answer:
            """Every import: by whom, when, and how many rows became what."""
            after, limit = request.query["after"], request.query["limit"]
            return Answer(page(self.use_cases.import_store.page(after, limit + 1), limit))

        @endpoint("GET", ONE, roles=roles, answer=ImportSchema)
        def one_import(self, request: Request, import_id: str) -> Answer:
            """One import, and how far it is."""
            return Answer(self.use_cases.import_store.get(import_id))

        @endpoint("GET", f"{ONE}/results", roles=roles, query=PageQuery, answer=page_schema(ImportResult))
        def import_results(self, request: Request, import_id: str) -> Answer:
            """What became of each row, in their order."""
            after, limit = request.query["after"] or "0", request.query["limit"]
            begin = int(after) if after.isdigit() else 0
            found = self.use_cases.import_store.results(import_id, begin, limit + 1)
            return Answer(page(found, limit, "number"))

        @timer(EVERY)
        def apply_imports(self) -> None:
            """Goes on where a crash or another replica stopped."""
            try:
                self.use_cases.importer.run()
            except DEPENDENCY_DOWN as error:
                log.warning("imports_wait", cause=type(error).__name__)

    return ImportEndpoints
