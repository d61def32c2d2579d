"""`python -m services.partners` runs the service until SIGTERM."""

import eventlet

eventlet.monkey_patch()

from services.partners.service import PartnersService
from services.partners.storage.migrations import MIGRATIONS
from shared.config import Settings
from shared.runner import run

if __name__ == "__main__":
    run(PartnersService, Settings.from_environment(), MIGRATIONS)
