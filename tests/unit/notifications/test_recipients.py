"""What a result or a decision makes of a recipient."""

from datetime import timedelta

import pytest

from services.notifications.domain import replies, states
from services.notifications.domain.recipients import Result, abandoned, after, ended, put_off
from tests.unit.notifications.scenes import NOW, recipient

TAKEN = Result(replies.TAKEN, 250)
LATER = Result(replies.LATER, 451, "4.7.1", "try later")
NEVER = Result(replies.NEVER, 550, "5.1.1", "no such user")
BROKEN = Result(replies.BROKEN_OFF)
UNCONFIRMED = Result(replies.UNCONFIRMED)


def test_what_the_server_took_is_accepted() -> None:
    """Accepted by the mail server: more nobody knows."""
    assert after(recipient(), TAKEN, NOW, 0.5).state == states.ACCEPTED


def test_what_is_refused_for_good_fails_with_its_code() -> None:
    """The code is the reason that a coordinator sees."""
    failed = after(recipient(), NEVER, NOW, 0.5)
    assert (failed.state, failed.why, failed.due_at) == (states.FAILED, "5.1.1", None)


@pytest.mark.parametrize("result", [LATER, BROKEN])
def test_what_is_refused_for_now_waits_longer_each_time(result: Result) -> None:
    """One minute, two, four: times what chance says."""
    first = after(recipient(), result, NOW, 1.0)
    second = after(first, result, NOW, 1.0)
    assert (first.state, first.due_at) == (states.RETRY_WAIT, NOW + timedelta(minutes=1))
    assert (second.refusals, second.due_at) == (2, NOW + timedelta(minutes=2))
    assert second.waited == timedelta(minutes=3)


def test_after_72_hours_of_refusals_a_delivery_fails() -> None:
    """The ledger says why it was not told."""
    tired = recipient(state=states.RETRY_WAIT, refusals=40, waited=timedelta(hours=72))
    expired = after(tired, LATER, NOW, 0.5)
    assert (expired.state, expired.why) == (states.FAILED, "expired")


def test_what_was_not_confirmed_is_uncertain_and_tried_once_more() -> None:
    """RFC 1047: it may have been taken."""
    doubtful = after(recipient(), UNCONFIRMED, NOW, 1.0)
    assert (doubtful.state, doubtful.doubts) == (states.UNCERTAIN, 1)
    assert doubtful.due_at == NOW + timedelta(minutes=1)


def test_uncertain_twice_is_final() -> None:
    """Resent at most once."""
    once = after(recipient(), UNCONFIRMED, NOW, 1.0)
    twice = after(once, UNCONFIRMED, NOW, 1.0)
    assert (twice.state, twice.why, twice.due_at, twice.doubts) == (states.UNCERTAIN, "final", None, 2)


def test_a_refusal_of_the_second_sending_says_nothing_about_the_first() -> None:
    """It stays uncertain, with the refusal's code."""
    doubtful = recipient(state=states.UNCERTAIN, doubts=1)
    assert after(doubtful, NEVER, NOW, 0.5).state == states.UNCERTAIN
    put_off_again = after(doubtful, LATER, NOW, 1.0)
    assert (put_off_again.state, put_off_again.doubts) == (states.UNCERTAIN, 1)
    assert put_off_again.due_at is not None


def test_a_delivery_whose_sender_died_is_sent_again_at_once() -> None:
    """The mail server is not the one in trouble."""
    assert abandoned(recipient(), NOW).due_at == NOW
    assert abandoned(recipient(state=states.UNCERTAIN, doubts=1), NOW).due_at is None


def test_untouched_is_as_before() -> None:
    """The server's trouble is not the delivery's."""
    waiting = recipient(state=states.RETRY_WAIT, refusals=3)
    assert after(waiting, Result(replies.UNTOUCHED), NOW, 0.5) is waiting


def test_ending_an_uncertain_delivery_leaves_it_uncertain() -> None:
    """«Superseded» would claim that it was never told."""
    doubtful = recipient(state=states.UNCERTAIN, doubts=1)
    final = ended(doubtful, states.SUPERSEDED, "rescheduled")
    assert (final.state, final.why, final.due_at) == (states.UNCERTAIN, "rescheduled", None)


def test_putting_off_keeps_the_state_of_what_was_refused_or_is_in_doubt() -> None:
    """Quiet hours do not make a retry look like a first attempt."""
    later = NOW + timedelta(hours=8)
    retry = put_off(recipient(state=states.RETRY_WAIT, refusals=2), states.PENDING, "quiet_hours", later)
    assert (retry.state, retry.why, retry.due_at) == (states.RETRY_WAIT, "quiet_hours", later)
    fresh = put_off(recipient(), states.HELD, "mail_mode", None)
    assert (fresh.state, fresh.due_at) == (states.HELD, None)
