"""The REST surface and the event handler of projects, each endpoint a few lines."""

from services.projects.service.service import ProjectsService

__all__ = ["ProjectsService"]
