"""`python -m services.notifications` runs the service until SIGTERM."""

import eventlet

eventlet.monkey_patch()

import gc

from services.notifications.service import NotificationsService
from services.notifications.storage.migrations import MIGRATIONS
from shared.config import Settings
from shared.runner import run

if __name__ == "__main__":
    # Sending makes many objects that die at once by themselves: up to a tenth of its time went into looking
    # for those that do not.
    gc.freeze()
    gc.set_threshold(5_000, 20, 50)
    run(NotificationsService, Settings.from_environment(), MIGRATIONS)
