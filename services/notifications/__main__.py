"""`python -m services.notifications` runs the service until SIGTERM."""

import eventlet

eventlet.monkey_patch()

from services.notifications.service import NotificationsService
from shared.config import Settings
from shared.runner import run

if __name__ == "__main__":
    run(NotificationsService, Settings.from_environment())
