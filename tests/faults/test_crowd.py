"""Thousands of milestones that are overdue at once: one digest, and no flood.

`CROWD=10000 pytest tests/faults/test_crowd.py` takes one to two minutes; `make faults` is content with fewer.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

import pytest
from bson import json_util
from pymongo.database import Database

from services.notifications.domain import states
from shared.calendar import BANGKOK
from shared.testing.clock import FixedClock
from shared.testing.mailbox import Mailbox
from tests.integration.notifications.test_digests import of
from tests.integration.notifications.world import World
from tests.unit.notifications.scenes import reason

pytestmark = pytest.mark.slow

CROWD = int(os.environ.get("CROWD", "2000"))
TOMORROW = datetime(2026, 11, 24, 8, tzinfo=BANGKOK)
ONE = 77_777  # the number of the one that is told of; every other is like it
AT_ONCE = 1_000  # documents
LARGEST_PAGE = 100 * 1024  # bytes: Gmail cuts longer ones off


def multiply(world: World, count: int) -> None:
    """So many of everything that the ledger holds about the one: telling each would take minutes."""
    for name in ("pages", "alerts", "dispatches", "subjects"):
        (pattern,) = (
            json_util.dumps(document)
            for document in world.database[name].find()
            if str(ONE) in str(document["_id"])
        )
        for start in range(1, count, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, count))
            copies = (pattern.replace(str(ONE), str(ONE + number)) for number in numbers)
            world.database[name].insert_many(map(json_util.loads, copies))


@pytest.mark.timeout(300)
def test_a_crowd_of_overdue_milestones_is_one_mail(
    database: Database[Any], mailbox: Mailbox, clock: FixedClock
) -> None:
    """Their coordinator has one digest, which shows the first of them and counts all; and each of them says
    that it was told."""
    world = World(database, mailbox, clock)
    world.know("a")
    late = {"rule": "overdue_8", "steps": ["overdue_1", "overdue_8"], "together": True, "hold_seconds": 0}
    about = of(ONE, status="in_progress", reached_on=None, due_date="2026-11-13")
    world.tell("a", version=ONE, kind="overdue", reasons=[reason("coordinator")], data={**about, **late})
    world.turn()
    multiply(world, CROWD)
    world.go_on_until(TOMORROW)

    (mail,) = mailbox.messages()
    assert mail.subject == f"สรุปรายวัน 24 พ.ย. 2569: ครบกำหนดแล้ว {CROWD}"
    assert len(mail.body("html").encode()) < LARGEST_PAGE
    told = {"recipients": {"$elemMatch": {"contact": "a", "state": states.ACCEPTED}}}
    assert database["dispatches"].count_documents(told) == CROWD + 1  # and the digest's own
    assert database["digests"].count_documents({}) == 1
