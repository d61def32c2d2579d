"""The promises of the ledger, kept alike in MongoDB and in the memory that the model runs on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from services.notifications.application.ports import Due, Ledger, Settlement
from services.notifications.domain import replies, states
from services.notifications.domain.dispatches import Dispatch, Lease
from services.notifications.domain.lanes import LaneRecord
from services.notifications.domain.recipients import Result
from services.notifications.storage.documents import dispatch_document
from services.notifications.storage.ledger import MongoLedger
from tests.unit.notifications.memory import MemoryLedger
from tests.unit.notifications.scenes import NOW, dispatch, recipient

LATER = NOW + timedelta(seconds=10)
MINE, OTHERS = Lease("mine", "book/1", LATER), Lease("another's", "other/2", LATER)
FRESH = [
    dispatch(recipient("a"), recipient("b"), id=f"p:12:0:{number}", version=1, lease=None)
    for number in range(3)
]


@pytest.fixture(params=["mongodb", "memory"])
def ledger(request: pytest.FixtureRequest, database: Database[Any]) -> Iterator[Ledger]:
    """With three dispatches, due now, and a lane."""
    if request.param == "memory":
        made: Ledger = MemoryLedger(*FRESH)
    else:
        mongo = MongoLedger(database)
        mongo.ensure_indexes()
        database.dispatches.insert_many([dispatch_document(each) for each in FRESH])
        made = mongo
    made.add_lane("book/1", NOW)
    yield made


def claimed(ledger: Ledger, number: int = 0) -> Dispatch:
    (found,) = ledger.claim([Due(FRESH[number].id, 1)], MINE)
    return found


def accepted(found: Dispatch) -> Settlement:
    return Settlement(
        replace(found, recipients=tuple(r.becomes(states.ACCEPTED) for r in found.recipients)),
        event={"id": "event"},
    )


def test_what_is_due_is_found_until_it_is_claimed(ledger: Ledger) -> None:
    """And again when its lease has ended."""
    assert {each.id for each in ledger.due(NOW, 10)} == {each.id for each in FRESH}
    assert len(ledger.due(NOW, 2)) == 2
    assert ledger.due(NOW - timedelta(seconds=1), 10) == []
    claimed(ledger)
    assert FRESH[0].id not in {each.id for each in ledger.due(NOW, 10)}
    lapsed = {each.id: each.lease for each in ledger.due(LATER, 10)}
    assert lapsed[FRESH[0].id] == MINE


def test_several_are_claimed_at_once_and_each_only_once(ledger: Ledger) -> None:
    """Whoever comes second gets none of them."""
    due = ledger.due(NOW, 10)
    first, second = ledger.claim(due, MINE), ledger.claim(due, OTHERS)
    assert {(each.id, each.version, each.lease) for each in first} == {(d.id, 2, MINE) for d in FRESH}
    assert second == []


def test_a_claim_needs_the_version_that_was_seen(ledger: Ledger) -> None:
    """What changed meanwhile is left to the next sweep."""
    assert ledger.claim([Due(FRESH[0].id, 7)], MINE) == []
    assert ledger.claim([Due("unknown", 1)], MINE) == []


def test_a_settlement_releases_and_is_stored_once(ledger: Ledger) -> None:
    """A second one of the same claim is nobody's."""
    found = claimed(ledger)
    assert ledger.settle([accepted(found)]) == 1
    assert ledger.settle([accepted(found)]) == 0
    stored = ledger.get(found.id)
    assert stored is not None
    assert (stored.version, stored.lease) == (3, None)
    assert {each.state for each in stored.recipients} == {states.ACCEPTED}
    assert found.id not in {each.id for each in ledger.due(LATER, 10)}


def test_a_settlement_needs_the_claims_own_token(ledger: Ledger) -> None:
    """Whoever lost its lease changes nothing."""
    found = claimed(ledger)
    assert ledger.settle([accepted(replace(found, lease=OTHERS))]) == 0
    assert ledger.settle([accepted(replace(found, version=1))]) == 0


def test_a_lease_is_renewed_by_its_own_token_alone(ledger: Ledger) -> None:
    """And only as long as it is there."""
    found = claimed(ledger)
    longer = replace(MINE, until=LATER + timedelta(minutes=1))
    assert ledger.renew([found.id], longer)
    assert found.id not in {each.id for each in ledger.due(LATER, 10)}
    assert not ledger.renew([found.id], replace(OTHERS, until=longer.until))
    ledger.settle([accepted(found)])
    assert not ledger.renew([found.id], longer)


def test_a_fence_keeps_the_last_record_and_ends_the_lane(ledger: Ledger) -> None:
    """No further window is opened; fencing twice says the same."""
    place = (FRESH[0].id, 0)
    first = LaneRecord("book/1", "mine", {}, (place,))
    second = LaneRecord("book/1", "mine", {place: Result(replies.TAKEN, 250)}, ((FRESH[0].id, 1),))
    assert ledger.open_window(first)
    assert ledger.open_window(second)
    assert ledger.fence("book/1", NOW) == second
    assert not ledger.open_window(replace(second, window=()))
    assert ledger.fence("book/1", NOW) == second


def test_a_lane_that_is_unknown_opens_no_window(ledger: Ledger) -> None:
    """It was removed, or never recorded."""
    assert not ledger.open_window(LaneRecord("other/1", "mine"))
    assert ledger.fence("other/1", NOW) is None
    ledger.remove_lane("book/1")
    assert not ledger.open_window(LaneRecord("book/1", "mine"))
