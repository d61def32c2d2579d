"""What is decided about a recipient at the moment of sending."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notifications.domain import states
from services.notifications.domain.claiming import (
    SEND,
    Decision,
    decide,
    decided,
    to_be_decided,
)
from services.notifications.domain.quiet_hours import QuietHours
from services.notifications.domain.subjects import Overtaken
from tests.unit.notifications.scenes import NOW, contact, recipient, situation

OVERTAKEN = Overtaken("cancelled", NOW - timedelta(minutes=1))


def test_nothing_against_it_and_the_mail_goes() -> None:
    """A known contact with an address, a basis and a reason is told."""
    assert decide(situation()) == SEND


@pytest.mark.parametrize(
    ("given", "state", "why"),
    [
        ({"overtaken": OVERTAKEN}, states.SUPERSEDED, "cancelled"),
        ({"overtaken": Overtaken("recalled", None)}, states.SUPERSEDED, "recalled"),
        ({"reasons": []}, states.SUPPRESSED, "not_visible"),
        ({"contact": contact(erased=True)}, states.SUPPRESSED, "erased"),
        ({"contact": None}, states.PENDING, "contact_unknown"),
        ({"needed_version": 2}, states.PENDING, "contact_unknown"),
        ({"contact": contact(unsubscribed=True)}, states.SUPPRESSED, "unsubscribed"),
        ({"contact": contact(lawful_basis=None)}, states.SUPPRESSED, "no_lawful_basis"),
        ({"contact": contact(address=None)}, states.BY_HAND, "no_address"),
        ({"address_suppressed": True}, states.SUPPRESSED, "address_suppressed"),
        ({"contact": contact(address="สมชาย@example.org")}, states.FAILED, "address_unusable"),
        ({"contact": contact(quiet_hours=QuietHours(11, 13))}, states.PENDING, "quiet_hours"),
        ({"sends": False}, states.HELD, "mail_mode"),
    ],
)
def test_each_check_has_its_own_word(given: dict[str, Any], state: str, why: str) -> None:
    """The ledger always says why not."""
    decision = decide(situation(**given))
    assert (decision.state, decision.why) == (state, why)


def test_checks_come_in_order() -> None:
    """What is no longer true is superseded, whatever else is against it; hold comes last."""
    everything = situation(
        overtaken=OVERTAKEN, reasons=[], contact=contact(unsubscribed=True, address=None), sends=False
    )
    assert decide(everything).state == states.SUPERSEDED
    no_mail = situation(contact=contact(unsubscribed=True, address=None), sends=False)
    assert decide(no_mail).why == "unsubscribed"


def test_while_what_overtook_it_may_be_recalled_an_alert_waits() -> None:
    """Only after the newer one's hold is it known which of the two is true."""
    firm_at = NOW + timedelta(seconds=100)
    waiting = decide(situation(overtaken=Overtaken("reached", firm_at)))
    assert waiting == Decision(states.PENDING, "awaits_newer", firm_at)


@pytest.mark.parametrize(("age", "wait"), [(timedelta(minutes=9), 2), (timedelta(minutes=11), 60)])
def test_a_contact_that_has_not_arrived_is_looked_for_soon_and_then_each_minute(
    age: timedelta, wait: int
) -> None:
    """Its event is usually right behind; if not, it is never given up."""
    decision = decide(situation(contact=None, recorded_at=NOW - age))
    assert decision.until == NOW + timedelta(seconds=wait)


def test_quiet_hours_end_in_the_morning_of_lamphun() -> None:
    """22:30 in Lamphun waits until 07:00 of the next day there."""
    night = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
    decision = decide(situation(now=night, contact=contact(quiet_hours=QuietHours(20, 7))))
    assert decision.until == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("hours", [(20, 7), (0, 0), (13, 13), (13, 12)])
@pytest.mark.parametrize("hour", range(24))
def test_quiet_hours_are_left_when_they_end(hours: tuple[int, int], hour: int) -> None:
    """At their end they are over, and equal hours are none."""
    now = datetime(2026, 11, 23, hour, 59, 59, tzinfo=UTC)
    quiet = QuietHours(*hours)
    end = quiet.over_at(now)
    if hours[0] == hours[1]:
        assert end is None
    if end is not None:
        assert now < end <= now + timedelta(hours=24)
        assert quiet.over_at(end) is None


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\r\nRCPT TO:<b@example.org>",
        "a b@example.org",
        "<a@example.org>",
        '"a"@example.org',
        "a@",
        "@example.org",
        "a@localhost",
        "a..b@example.org",
        "a@example.org>",
        "สมชาย@example.org",
        "a@ลำพูน.example.org",
        f"{'a' * 250}@example.org",
        "a@example.org\n",
        "a\x00@example.org",
    ],
)
def test_an_address_that_cannot_stand_in_an_envelope_is_not_tried(address: str) -> None:
    """Neither a second command nor a second header can be smuggled in."""
    decision = decide(situation(contact=contact(address=address)))
    assert (decision.state, decision.why) == (states.FAILED, "address_unusable")


def test_a_decision_to_wait_keeps_the_delivery_open_and_any_other_ends_it() -> None:
    """Waiting has a time; an end has none."""
    later = NOW + timedelta(hours=1)
    waiting = decided(recipient(), Decision(states.PENDING, "quiet_hours", later))
    over = decided(recipient(), Decision(states.SUPPRESSED, "unsubscribed"))
    assert (waiting.state, waiting.due_at) == (states.PENDING, later)
    assert (over.state, over.due_at) == (states.SUPPRESSED, None)


def test_what_waits_for_a_contact_or_a_mode_is_looked_at_at_every_claim() -> None:
    """A changed contact need not wait for the time that was set; a refused delivery must."""
    later = NOW + timedelta(hours=1)
    assert to_be_decided(recipient(why="quiet_hours", due_at=later), NOW)
    assert to_be_decided(recipient(state=states.HELD, why="mail_mode", due_at=None), NOW)
    assert not to_be_decided(recipient(state=states.RETRY_WAIT, why="4.7.1", due_at=later), NOW)
    assert not to_be_decided(recipient(state=states.ACCEPTED, due_at=None), NOW)
