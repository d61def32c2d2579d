"""partners over a real database, and as a real process over the real broker as well."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from shared.testing.clock import FixedClock
from tests.integration.partners.world import World


@pytest.fixture
def world(database: Database[dict[str, Any]], clock: FixedClock) -> World:
    """The use cases over an empty database."""
    return World(database, clock)
