"""A service for tests that only has a relay: it publishes what others put into `things` and `others`.

Run as a process: `python -m tests.integration.messaging.speaker`.
"""

# ruff: noqa: E402 - eventlet patches before any other import
import eventlet

eventlet.monkey_patch()

from shared.config import Settings
from shared.messaging.relay import OutboxRelay
from shared.mongo import MongoDatabase
from shared.runner import run


class Speaker:
    name = "notifications"
    database = MongoDatabase()
    relay = OutboxRelay(["things", "others"])


if __name__ == "__main__":
    run(Speaker, Settings.from_environment())
