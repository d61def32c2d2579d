"""Limits on how much is sent."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from services.notifications.application.drawing import Drawing
from services.notifications.application.planning import Errand, Plan
from services.notifications.domain import states
from services.notifications.domain.rates import Limits, granted
from tests.unit.notifications.scenes import NOW, contact, dispatch, reason, recipient


class Counts:
    """Counters in memory."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def add(self, key: str, amount: int, ends_at: datetime) -> int:
        self.counts[key] += amount
        return self.counts[key]


def plan_for(*addresses: str) -> Plan:
    recipients = [recipient(address) for address in addresses]
    mine = dispatch(*recipients)
    errands = [
        Errand(mine, number, contact(address, address=address), [reason()])
        for number, address in enumerate(addresses)
    ]
    return Plan({mine.id: recipients}, errands)


def test_without_limits_everything_goes_and_nothing_is_counted() -> None:
    """0 means no limit."""
    counts, plan = Counts(), plan_for("a@example.org", "b@example.org")
    Drawing(counts, Limits()).draw(plan, NOW)
    assert len(plan.errands) == 2
    assert not counts.counts


def test_what_exceeds_the_minute_waits_for_the_next_one() -> None:
    """In order: the first go, the others wait with the reason."""
    counts, plan = Counts(), plan_for("a@example.org", "b@example.org", "c@example.org")
    now = NOW + timedelta(seconds=20)
    Drawing(counts, Limits(per_minute=2)).draw(plan, now)
    waiting = plan.recipients[dispatch().id][2]
    assert [errand.position for errand in plan.errands] == [0, 1]
    assert (waiting.state, waiting.why) == (states.PENDING, "rate_limit")
    assert waiting.due_at == NOW + timedelta(minutes=1)


def test_a_domain_has_its_own_limit_and_what_it_refuses_is_given_back() -> None:
    """One busy domain takes nothing from the others."""
    counts, plan = Counts(), plan_for("a@busy.example.org", "b@BUSY.example.org", "c@example.org")
    Drawing(counts, Limits(per_minute=10, per_domain_per_minute=1)).draw(plan, NOW)
    assert [errand.position for errand in plan.errands] == [0, 2]
    assert sum(count for key, count in counts.counts.items() if key.endswith(":00")) == 2


def test_the_day_of_the_cap_is_lamphuns() -> None:
    """00:30 in Lamphun is still yesterday in UTC."""
    night = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
    (allowance,) = Limits(per_day=5).allowances("example.org", night)
    assert allowance.key == "day/2026-11-24"
    assert allowance.ends_at == datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


def test_replicas_share_a_limit() -> None:
    """Two lanes that draw at once get no more than the limit together."""
    counts = Counts()
    drawing = Drawing(counts, Limits(per_minute=3))
    first, second = plan_for("a@example.org", "b@example.org"), plan_for("c@example.org", "d@example.org")
    drawing.draw(first, NOW)
    drawing.draw(second, NOW)
    assert len(first.errands) + len(second.errands) == 3


def test_what_was_drawn_and_not_offered_is_given_back() -> None:
    """A mail server in trouble does not use up the day."""
    counts, plan = Counts(), plan_for("a@example.org", "b@example.org")
    drawing = Drawing(counts, Limits(per_day=10))
    drawing.draw(plan, NOW)
    drawing.unspent(plan.errands, NOW)
    assert set(counts.counts.values()) == {0}


@pytest.mark.parametrize(
    ("wanted", "in_all", "most", "allowed"), [(5, 5, 10, 5), (5, 12, 10, 3), (5, 20, 10, 0), (0, 3, 10, 0)]
)
def test_granted_is_what_is_left(wanted: int, in_all: int, most: int, allowed: int) -> None:
    """The count includes what is wanted."""
    assert granted(wanted, in_all, most) == allowed
