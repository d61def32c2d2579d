"""What a restore makes of a delivery, and what its release makes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.notifications.domain import states
from services.notifications.domain.claiming import Decision, decided
from services.notifications.domain.recipients import Recipient, Result, after
from services.notifications.domain.replies import LATER, TAKEN, UNCONFIRMED
from services.notifications.domain.restoring import (
    RESTORED,
    as_known,
    held_back,
    is_unfinished,
    released,
    waits_for_a_digest_to_come,
)
from tests.unit.notifications.scenes import NOW

UNFINISHED = (
    Recipient("k", states.PENDING, None, NOW),
    Recipient("k", states.PENDING, "quiet_hours", NOW),
    Recipient("k", states.HELD, None, NOW),
    Recipient("k", states.HELD, "mail_mode"),
    Recipient("k", states.RETRY_WAIT, "451", NOW, refusals=2, waited=timedelta(minutes=3)),
    Recipient("k", states.UNCERTAIN, None, NOW, doubts=1),
)
FINISHED = (
    Recipient("k", states.ACCEPTED),
    Recipient("k", states.ACCEPTED, doubts=1),
    Recipient("k", states.FAILED, "5.1.1"),
    Recipient("k", states.UNCERTAIN, "final", doubts=2),
    Recipient("k", states.SUPPRESSED, "unsubscribed"),
    Recipient("k", states.SUPERSEDED, "recalled"),
    Recipient("k", states.BY_HAND, "no_address"),
    Recipient("k", states.BOUNCED, "5.1.1"),
    Recipient("k", states.COMPLAINED),
    Recipient("k", states.IN_DIGEST, "weekly/2026-11-26T12:00"),
)


@pytest.mark.parametrize("recipient", UNFINISHED, ids=lambda r: f"{r.state} {r.why}")
def test_the_unfinished_is_held_in_doubt_and_waits_for_no_time(recipient: Recipient) -> None:
    """Given anything that was still to be done, it is held until somebody says so."""
    held = held_back(recipient, has_address=True)

    assert (held.state, held.why, held.due_at) == (states.HELD, RESTORED, None)
    assert held.doubts >= 1 and held.refusals == recipient.refusals
    assert not held.is_due(NOW + timedelta(days=365))


@pytest.mark.parametrize("recipient", FINISHED, ids=lambda r: f"{r.state} {r.why}")
def test_the_finished_stays_as_it_was(recipient: Recipient) -> None:
    """Given nothing to be done, nothing changes, neither by the restore nor by a release."""
    assert held_back(recipient, has_address=True) is recipient
    assert released(recipient, NOW) is recipient


def test_whom_nobody_can_have_mailed_is_not_in_doubt() -> None:
    """Given no address, it is held, and after its release told by hand."""
    held = held_back(UNFINISHED[0], has_address=False)
    free = released(held, NOW)

    assert held.doubts == 0 and free.is_due(NOW)
    assert decided(free, Decision(states.BY_HAND, "no_address")).state == states.BY_HAND


def test_whoever_lost_the_address_since_is_told_by_hand() -> None:
    """Given one in doubt who has no address any more, somebody still has to tell them."""
    free = released(held_back(UNFINISHED[0], has_address=True), NOW)
    assert decided(free, Decision(states.BY_HAND, "no_address")).state == states.BY_HAND


@pytest.mark.parametrize("state", [states.SUPERSEDED, states.SUPPRESSED])
def test_one_in_doubt_that_ends_unsent_stays_uncertain(state: str) -> None:
    """Given an alert that became untrue meanwhile, it may have been told: uncertain, and why."""
    free = released(held_back(UNFINISHED[0], has_address=True), NOW)
    assert decided(free, Decision(state, "why")).state == states.UNCERTAIN


def test_a_released_one_is_sent_and_counted_as_in_doubt() -> None:
    """Given a release, an acceptance ends it, and the doubt stays on record."""
    free = released(held_back(UNFINISHED[0], has_address=True), NOW)
    sent = after(free, Result(TAKEN, 250), NOW, 0.5)

    assert (sent.state, sent.doubts) == (states.ACCEPTED, 1)


def test_what_attempts_tell_counts_as_known() -> None:
    """Given results of attempts, in their order, the taken is accepted and the rest as it became."""
    waiting = [Recipient(name, states.PENDING, None, NOW) for name in "abc"]
    results = [
        (0, Result(TAKEN, 250)),
        (1, Result(LATER, 451)),
        (1, Result(TAKEN, 250)),
        (0, Result(UNCONFIRMED)),
    ]

    assert [r.state for r in as_known(waiting, results, NOW)] == [
        states.ACCEPTED,
        states.ACCEPTED,
        states.PENDING,
    ]


@pytest.mark.parametrize(("days", "waits"), [(1, True), (-1, False), (0, False)])
def test_only_a_digest_to_come_is_waited_for(days: int, waits: bool) -> None:
    """Given a digest whose hour is still to come, its news waits on; of a past one nobody knows."""
    recipient = Recipient("k", states.IN_DIGEST, "weekly", NOW + timedelta(days=days))

    assert waits_for_a_digest_to_come(recipient, NOW) is waits
    assert is_unfinished(recipient)
