"""What waits for what: every delivery that waits is counted once, under a cause that an operator knows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prasan.screen import catalogue
from services.notifications.domain import states
from services.notifications.domain.waiting import CAUSES, WAITING, Queue, Waiting, queues
from tests.unit.notifications.scenes import NOW

LATER = NOW + timedelta(hours=1)
SOONER = NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("state", "why", "cause"),
    [
        (states.HELD, None, "hold"),
        (states.HELD, "mail_mode", "mail_mode"),
        (states.HELD, "restored", "restored"),
        (states.IN_DIGEST, "weekly/2026-11-26T12:00", "digest"),
        (states.PENDING, "quiet_hours", "quiet_hours"),
        (states.PENDING, "rate_limit", "rate_limit"),
        (states.PENDING, "domain_limit", "domain_limit"),
        (states.PENDING, "daily_cap", "daily_cap"),
        (states.PENDING, "contact_unknown", "contact_unknown"),
        (states.PENDING, "awaits_newer", "awaits_newer"),
        (states.PENDING, "not_composed", "not_composed"),
        (states.RETRY_WAIT, "4.7.1", "retry"),
        (states.RETRY_WAIT, "daily_cap", "daily_cap"),
        (states.UNCERTAIN, None, "retry"),
    ],
)
def test_each_wait_has_its_cause(state: str, why: str | None, cause: str) -> None:
    """And says when it ends."""
    assert queues([Waiting(state, why, False, 3, LATER)], False) == [Queue(cause, 3, LATER)]


@pytest.mark.parametrize(("paused", "cause"), [(True, "pause"), (False, "due")])
def test_what_could_go_now_waits_for_the_end_of_a_pause_alone(paused: bool, cause: str) -> None:
    """Whatever it waited for before; what still waits for something else does so in a pause as well."""
    found = [
        Waiting(states.PENDING, "quiet_hours", True, 2, NOW),
        Waiting(states.RETRY_WAIT, "4.7.1", True, 1, NOW),
        Waiting(states.PENDING, "daily_cap", False, 4, LATER),
    ]
    assert sorted(queues(found, paused), key=lambda queue: queue.count) == [
        Queue(cause, 3, None),
        Queue("daily_cap", 4, LATER),
    ]


def test_digests_of_several_days_are_one_cause_and_the_first_says_when() -> None:
    """Each has a label of its own in the ledger."""
    found = [
        Waiting(states.IN_DIGEST, label, False, 1, first)
        for label, first in (("daily/2026-11-24T08:00", SOONER), ("weekly/2026-11-26T12:00", LATER))
    ]
    assert queues(found, False) == [Queue("digest", 2, SOONER)]


WAITS = st.builds(
    Waiting,
    st.sampled_from(WAITING),
    st.none() | st.sampled_from(CAUSES) | st.text(max_size=5),
    st.booleans(),
    st.integers(1, 100),
    st.none() | st.just(LATER),
)


@given(st.lists(WAITS), st.booleans())
def test_nothing_is_left_out_or_counted_twice(found: list[Waiting], paused: bool) -> None:
    """Whatever stands in the ledger."""
    by_cause = queues(found, paused)
    assert sum(queue.count for queue in by_cause) == sum(each.count for each in found)
    assert len({queue.cause for queue in by_cause}) == len(by_cause)


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_has_its_words(cause: str, language: str) -> None:
    """For whoever asks at the command line."""
    assert not catalogue().text(language, f"cause.{cause}").startswith("cause.")
