"""Endpoints of imports, and the timer that applies them."""

from __future__ import annotations

import structlog
from nameko.timer import timer

from services.partners.schemas.imports import NewImport
from services.partners.service.requests import KEEPERS, WithUseCases
from shared.http import Answer, Request, endpoint
from shared.http.pagination import PageQuery, page, page_schema
from shared.imports.schemas import LARGEST_IMPORT, ImportAnswer, ImportQuery, ImportResult, ImportSchema
from shared.mongo import DEPENDENCY_DOWN

IMPORTS = "/v1/imports"
EVERY = 1  # seconds

log = structlog.get_logger(__name__)


class ImportEndpoints(WithUseCases):
    """Whole spreadsheets of partners and contacts; nobody is alerted."""

    @endpoint(
        "POST",
        IMPORTS,
        roles=KEEPERS,
        body=NewImport,
        query=ImportQuery,
        answer=ImportAnswer,
        status=202,
        idempotent=True,
        max_body=LARGEST_IMPORT,
    )
    def hand_in_import(self, request: Request) -> Answer:
        """Checks all rows, stores them as one import, and applies them soon; the same rows only once."""
        imports, caller = self.use_cases.imports, request.caller
        if request.query["check"]:
            imports.check(request.body)
            return Answer(None, 204)
        return Answer(imports.hand_in(request.body, caller.subject, caller.roles))

    @endpoint("GET", IMPORTS, roles=KEEPERS, query=PageQuery, answer=page_schema(ImportSchema))
    def imports(self, request: Request) -> Answer:
        """Every import: by whom, when, and how many rows became what."""
        after, limit = request.query["after"], request.query["limit"]
        return Answer(page(self.use_cases.import_store.page(after, limit + 1), limit))

    @endpoint("GET", f"{IMPORTS}/<import_id>", roles=KEEPERS, answer=ImportSchema)
    def one_import(self, request: Request, import_id: str) -> Answer:
        """One import, and how far it is."""
        return Answer(self.use_cases.import_store.get(import_id))

    @endpoint(
        "GET",
        f"{IMPORTS}/<import_id>/results",
        roles=KEEPERS,
        query=PageQuery,
        answer=page_schema(ImportResult),
    )
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
