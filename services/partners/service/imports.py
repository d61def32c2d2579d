"""Endpoints of imports: partners and their contacts."""

from __future__ import annotations

from services.partners.schemas.imports import NewImport
from services.partners.service.requests import KEEPERS
from shared.imports.endpoints import import_endpoints

ImportEndpoints = import_endpoints(NewImport, KEEPERS)
