"""Slices, ids and counts of dispatches."""

from datetime import timedelta

from services.notifications.domain import states
from services.notifications.domain.dispatches import (
    delivery_id,
    dispatch_id,
    outcomes,
    place_in_page,
    seen_state,
    slices,
    split_delivery_id,
)
from tests.unit.notifications.scenes import NOW, dispatch, recipient


def test_a_page_is_cut_by_position_into_slices_of_25() -> None:
    """500 contacts are 20 dispatches; 26 are two."""
    assert [(n, len(part)) for n, part in slices(list(range(26)))] == [(0, 25), (1, 1)]
    assert len(list(slices(list(range(500))))) == 20
    assert list(slices([])) == []


def test_ids_are_derived_from_the_event_and_lead_back() -> None:
    """The same page makes the same ids, whoever records it."""
    assert dispatch_id("01JP:12", 3, 4) == "01JP:12:3:4"
    assert split_delivery_id(delivery_id("01JP:12:3:4", 24)) == ("01JP:12:3:4", 24)
    assert place_in_page(74) == (2, 24)


def test_what_is_no_delivery_id_is_told_apart() -> None:
    """Not a position, one beyond a dispatch, or none at all."""
    for text in ("", "01JP", ":3", "01JP:12:3:4:25", "01JP:12:3:4:x", "01JP:12:3:4:٣", "01JP:12:3:4:-1"):
        assert split_delivery_id(text) is None


def test_outcomes_are_absolute_counts_by_state_and_cause() -> None:
    """They add up to the recipients, always in the same order."""
    mixed = (
        recipient("a", state=states.ACCEPTED, due_at=None),
        recipient("b", state=states.ACCEPTED, due_at=None),
        recipient("c", state=states.SUPPRESSED, why="unsubscribed", due_at=None),
        recipient("d", state=states.SUPPRESSED, why="erased", due_at=None),
    )
    assert outcomes(mixed) == [
        {"state": "accepted", "why": None, "count": 2},
        {"state": "suppressed", "why": "erased", "count": 1},
        {"state": "suppressed", "why": "unsubscribed", "count": 1},
    ]


def test_a_dispatch_is_due_when_the_first_of_its_recipients_is() -> None:
    """With nothing left to do it has no due time."""
    later = NOW + timedelta(hours=1)
    assert dispatch(recipient("a", due_at=later), recipient("b")).due_at == NOW
    assert dispatch(recipient("a", state=states.ACCEPTED, due_at=None)).due_at is None


def test_what_is_claimed_and_due_is_seen_as_being_sent() -> None:
    """`sending` is never stored: the lease says it."""
    mine = dispatch(recipient("a"), recipient("b", state=states.ACCEPTED, due_at=None))
    assert [seen_state(mine, each) for each in mine.recipients] == [states.SENDING, states.ACCEPTED]
    free = dispatch(recipient("a"), lease=None)
    assert seen_state(free, free.recipients[0]) == states.PENDING
