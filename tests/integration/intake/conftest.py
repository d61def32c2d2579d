"""A fresh world for each test."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from shared.testing.clock import FixedClock
from shared.testing.mailbox import Mailbox
from tests.integration.intake.world import Intake


@pytest.fixture
def intake(database: Database[Any], mailbox: Mailbox, clock: FixedClock) -> Intake:
    return Intake(database, mailbox, clock)
