"""A fresh world for each test."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from shared.testing.clock import FixedClock
from shared.testing.mailbox import Mailbox
from tests.integration.notifications.world import World


@pytest.fixture
def world(database: Database[Any], mailbox: Mailbox, clock: FixedClock) -> World:
    return World(database, mailbox, clock)
