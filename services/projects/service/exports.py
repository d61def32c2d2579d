"""The endpoint of a person's copy."""

from __future__ import annotations

from services.projects.service.requests import WithUseCases
from shared.http import Answer, Request, endpoint

KEEPERS = frozenset({"partner_manager", "operator"})  # of personal data


class ExportEndpoints(WithUseCases):
    """For whoever answers a person's request."""

    @endpoint("GET", "/v1/contacts/<contact_id>/export", roles=KEEPERS)
    def export_contact(self, request: Request, contact_id: str) -> Answer:
        """Everything that is held here about the person (PDPA, ม.30)."""
        return Answer(self.use_cases.exporting.export(contact_id))
