"""`python -m services.projects` runs the service until SIGTERM."""

import eventlet

eventlet.monkey_patch()

from services.projects.service import ProjectsService
from services.projects.storage.migrations import MIGRATIONS
from shared.config import Settings
from shared.runner import run

if __name__ == "__main__":
    run(ProjectsService, Settings.from_environment(), MIGRATIONS)
