"""What a lane's last record says about a dispatch whose lease ended."""

from services.notifications.domain import replies, states
from services.notifications.domain.lanes import LaneRecord, brief, from_brief, recovered, windows
from services.notifications.domain.recipients import Result
from tests.unit.notifications.scenes import NOW, dispatch, recipient

SEVEN = dispatch(*(recipient(f"c{number}") for number in range(7)))
TAKEN = Result(replies.TAKEN, 250)


def states_after(record: LaneRecord | None) -> list[str]:
    recipients, _ = recovered(SEVEN, record, NOW, lambda: 0.5)
    return [each.state for each in recipients]


def test_results_are_kept_the_window_is_uncertain_and_the_rest_is_as_before() -> None:
    """At most one window is in doubt."""
    record = LaneRecord(
        "lane",
        "claim",
        {(SEVEN.id, 0): TAKEN, (SEVEN.id, 1): Result(replies.NEVER, 550, "5.1.1")},
        ((SEVEN.id, 2), (SEVEN.id, 3)),
    )
    assert states_after(record) == [
        states.ACCEPTED, states.FAILED, states.UNCERTAIN, states.UNCERTAIN,
        states.PENDING, states.PENDING, states.PENDING,
    ]  # fmt: skip


def test_a_record_of_another_claim_says_that_nothing_was_sent() -> None:
    """The lane claimed this dispatch and died before its first window of it."""
    record = LaneRecord("lane", "an older claim", {(SEVEN.id, 0): TAKEN}, ((SEVEN.id, 1),))
    assert states_after(record) == [states.PENDING] * 7
    assert states_after(None) == [states.PENDING] * 7


def test_a_record_of_another_dispatch_of_the_same_claim_leaves_this_one_alone() -> None:
    """A claim covers several dispatches; the window says which one was under way."""
    record = LaneRecord("lane", "claim", {("other:1:0:0", 0): TAKEN}, (("other:1:0:0", 1),))
    assert states_after(record) == [states.PENDING] * 7


def test_results_survive_being_written_down_briefly() -> None:
    """What counts of a result comes back: its verdict and its code."""
    results = {
        ("p:12:0:0", 0): TAKEN,
        ("p:12:0:0", 24): Result(replies.NEVER, 550, "5.1.1", "no such user"),
        ("p:12:0:1", 3): Result(replies.LATER, 451, None, "later"),
        ("p:12:0:1", 4): Result(replies.BROKEN_OFF),
        ("p:12:0:1", 5): Result(replies.UNCONFIRMED),
        ("p:12:0:1", 6): Result(replies.UNTOUCHED),
    }
    lines = brief(results)
    back = from_brief(lines)
    assert len(lines) == 2
    assert back == {
        ("p:12:0:0", 0): TAKEN,
        ("p:12:0:0", 24): Result(replies.NEVER, 550, "5.1.1"),
        ("p:12:0:1", 3): Result(replies.LATER, 451),
        ("p:12:0:1", 4): Result(replies.BROKEN_OFF),
        ("p:12:0:1", 5): Result(replies.UNCONFIRMED),
    }


def test_windows_hold_five() -> None:
    """The bound on what one crash leaves uncertain."""
    places = [("p:12:0:0", number) for number in range(12)]
    assert [len(window) for window in windows(places)] == [5, 5, 2]
