"""`python -m services.notifications.intake` reads what comes back until SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import structlog

from services.notifications.intake.service.process import Intake
from services.notifications.storage.migrations import MIGRATIONS
from shared.config import Settings
from shared.errors import Misconfigured, NewerSchema
from shared.logging import configure_logging
from shared.migrations import prepare

REQUIRED = ("MONGO_URI", "PRASAN_SECRET_KEY", "MAIL_FROM")


def main() -> int:
    """0 after an orderly end."""
    try:
        settings = Settings.from_environment(required=REQUIRED)
        configure_logging(settings.log_level, "intake")
        intake = Intake(settings)
        prepare(settings.mongo_uri, "notifications", MIGRATIONS)
    except (Misconfigured, NewerSchema) as error:
        sys.exit(f"intake: {error}")

    def stop(number: int, frame: Any) -> None:
        signal.signal(number, signal.SIG_DFL)
        intake.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log = structlog.get_logger(__name__)
    log.info("started", pid=os.getpid())
    intake.run()
    log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
