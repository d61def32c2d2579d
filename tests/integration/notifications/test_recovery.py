"""A lane that dies, freezes or loses the database at any step, and whoever finds its lease expired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.notifications.domain import states
from services.notifications.domain.lanes import WINDOW
from shared.errors import DependencyDown
from tests.integration.notifications.world import World

TWELVE = [f"c{number:02}" for number in range(12)]


class Killed(BaseException):
    """kill -9: no handler of errors sees it."""


@pytest.fixture
def twelve(world: World) -> str:
    world.know(*TWELVE)
    return world.tell(*TWELVE)


def nth_call(number: int, then: Callable[[], None], whole: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, with something happening at one of its calls, before it does anything."""
    calls = iter(range(1, 1000))

    def called(*given: Any, **named: Any) -> Any:
        if next(calls) == number:
            then()
        return whole(*given, **named)

    return called


def die() -> None:
    raise Killed


@pytest.mark.parametrize(
    ("place", "call", "uncertain"),
    [
        ("open_window", 1, 0),  # claimed, nothing sent
        ("deliver", 1, WINDOW),  # the first window recorded, nothing sent
        ("open_window", 2, WINDOW),  # the first window sent, its results nowhere
        ("deliver", 2, WINDOW),  # the first window's results recorded with the second
        ("settle", 1, 2),  # all sent: the last window was two
    ],
)
def test_a_lane_that_dies_leaves_at_most_one_window_in_doubt(
    world: World, twelve: str, monkeypatch: pytest.MonkeyPatch, place: str, call: int, uncertain: int
) -> None:
    """Everybody is told; twice only who was in doubt."""
    target: Any = world.stores.ledger if place != "deliver" else world.open_line()
    monkeypatch.setattr(target, place, nth_call(call, die, getattr(target, place)))
    with pytest.raises(Killed):
        world.turn()
    monkeypatch.undo()
    world.clock.advance(5)
    assert world.turn() == 0  # its lease still lasts
    world.clock.advance(6)
    world.work_off()

    recipients = world.recipients(twelve)
    assert {each.state for each in recipients.values()} == {states.ACCEPTED}
    assert sum(each.doubts for each in recipients.values()) == uncertain
    told = world.told()
    assert set(told) == {f"{each}@example.org" for each in TWELVE}
    twice = {address.partition("@")[0] for address, times in told.items() if times > 1}
    assert twice <= {each.contact for each in recipients.values() if each.doubts}


def test_a_lane_that_was_fenced_sends_nothing_more(
    world: World, twelve: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen between two windows past its lease: another has recovered and sent; it finds out in time."""
    lane = world.workshop.lane()

    def freeze() -> None:
        monkeypatch.undo()
        world.clock.set(world.clock.now() + world.workshop.lane().lease_lasts)
        world.line = None
        world.work_off(minutes=1)  # another worker, with a connection of its own

    monkeypatch.setattr(
        world.stores.ledger, "open_window", nth_call(2, freeze, world.stores.ledger.open_window)
    )
    world.turn(lane)

    assert lane.spent
    recipients = world.recipients(twelve)
    assert {each.state for each in recipients.values()} == {states.ACCEPTED}
    told = world.told()
    twice = {address.partition("@")[0] for address, times in told.items() if times > 1}
    assert twice == {each.contact for each in recipients.values() if each.doubts} == set(TWELVE[:WINDOW])


def test_a_frozen_lane_looks_at_its_own_clock_before_each_body(
    world: World, twelve: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen inside a window: when it wakes after its lease, it drops connection and dispatch."""
    lane = world.workshop.lane()
    whole = lane.may_send
    monkeypatch.setattr(lane, "may_send", nth_call(4, lambda: world.clock.advance(60), lambda: whole()))
    world.turn(lane)
    assert sum(world.told().values()) == 2
    world.work_off()
    assert set(world.told().values()) == {1}
    assert {each.state for each in world.recipients(twelve).values()} == {states.ACCEPTED}


def test_a_slow_server_does_not_cost_the_lease(world: World, twelve: str) -> None:
    """Whoever is alive renews: what is held lasts longer, and nobody recovers it."""
    lane = world.workshop.lane()
    line = world.open_line()
    whole = line.deliver

    def slow(window: Any, may_send: Any) -> Any:
        for _ in range(4):
            world.clock.advance(5)
            lane.renew()
        assert world.stores.ledger.due(world.clock.now(), 10) == []
        return whole(window, may_send)

    line.deliver = slow  # type: ignore[method-assign]  # a server that takes twenty seconds a window
    assert world.turn(lane) == 12
    assert {each.state for each in world.recipients(twelve).values()} == {states.ACCEPTED}


def test_a_lease_that_has_ended_is_not_renewed(world: World, twelve: str) -> None:
    """A process that was frozen gives up what it held."""
    lane = world.workshop.lane()
    line = world.open_line()
    whole = line.deliver

    def frozen(window: Any, may_send: Any) -> Any:
        world.clock.advance(60)
        lane.renew()
        assert not may_send()
        return whole(window, may_send)

    line.deliver = frozen  # type: ignore[method-assign]  # the process stood still before it sent
    assert world.turn(lane) == 0
    assert not world.told()


def test_the_database_lost_between_windows_loses_no_result(
    world: World, twelve: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent is settled when it returns; nothing is in doubt, nobody is told twice."""

    def lost() -> None:
        raise DependencyDown("database", "gone")

    ledger = world.stores.ledger
    lane = world.workshop.lane()
    waits: list[float] = []
    lane.wait = lambda seconds: not waits.append(seconds)
    monkeypatch.setattr(ledger, "open_window", nth_call(2, lost, ledger.open_window))
    settle = nth_call(1, lost, nth_call(1, lost, ledger.settle))
    monkeypatch.setattr(ledger, "settle", settle)
    world.turn(lane)
    assert len(waits) == 2
    world.work_off()
    assert {each.state for each in world.recipients(twelve).values()} == {states.ACCEPTED}
    assert set(world.told().values()) == {1}


def test_a_lane_that_could_not_settle_claims_nothing_more(
    world: World, twelve: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its record is all that is known of what it sent: the next claim would overwrite it."""

    def lost() -> None:
        raise DependencyDown("database", "gone")

    lane = world.workshop.lane()
    monkeypatch.setattr(world.stores.ledger, "settle", nth_call(1, lost, world.stores.ledger.settle))
    with pytest.raises(DependencyDown):
        world.turn(lane)
    assert lane.spent
    monkeypatch.undo()
    world.clock.advance(11)
    world.work_off()
    recipients = world.recipients(twelve).values()
    assert sum(each.doubts for each in recipients) == 2
    twice = {address.partition("@")[0] for address, times in world.told().items() if times > 1}
    assert twice == {each.contact for each in recipients if each.doubts}


def test_a_result_kept_by_a_dead_lane_still_suppresses(
    world: World, twelve: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lane noted 5.1.1 and died before it could say so."""
    from shared.testing.mailbox import Fault

    world.mailbox.misbehave(Fault("rcpt", reply="550 5.1.1 gone", recipient="c00@*"))
    monkeypatch.setattr(world.stores.suppressions, "suppress", lambda *given: None)
    monkeypatch.setattr(world.stores.ledger, "settle", nth_call(1, die, world.stores.ledger.settle))
    with pytest.raises(Killed):
        world.turn()
    monkeypatch.undo()
    world.clock.advance(11)
    world.work_off()
    assert [each["why"] for each in world.operating.suppressions(None, 10)] == ["5.1.1"]
    assert world.states(twelve)["c00"] == (states.FAILED, "5.1.1")


def test_two_lanes_never_claim_the_same_dispatch(world: World, twelve: str) -> None:
    """The version that the sweep saw is claimed once."""
    first, second = world.workshop.lane(), world.workshop.lane()
    due = world.stores.ledger.due(world.clock.now(), 10)
    assert first.work(due, world.open_line) == 12
    assert second.work(due, world.open_line) == 0
    assert set(world.told().values()) == {1}
