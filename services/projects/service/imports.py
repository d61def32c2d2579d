"""Endpoints of imports: projects and their milestones."""

from __future__ import annotations

from services.projects.schemas.imports import NewImport
from services.projects.service.requests import PLANNERS
from shared.imports.endpoints import import_endpoints

ImportEndpoints = import_endpoints(NewImport, PLANNERS)
