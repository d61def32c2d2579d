"""A mail server that misbehaves at every step: what is counted against whom, and who is told in the end."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pymongo.database import Database

from services.notifications.domain import states
from services.notifications.domain.replies import SUPPRESSING
from shared.contracts.registry import event_from_document
from shared.testing.clock import FixedClock
from shared.testing.mailbox import Fault, Mailbox
from tests.integration.notifications.world import World

SEVEN = [f"c{number}" for number in range(7)]


@pytest.fixture
def seven(world: World) -> str:
    """An event for seven contacts: two windows."""
    world.know(*SEVEN)
    return world.tell(*SEVEN)


def count(world: World, event_id: str) -> dict[str, int]:
    found = [state for state, _ in world.states(event_id).values()]
    return {state: found.count(state) for state in set(found)}


def doubts(world: World, event_id: str) -> int:
    return sum(recipient.doubts for recipient in world.recipients(event_id).values())


@pytest.mark.parametrize("phase", ["rcpt", "data", "dot"])
def test_4xx_puts_one_delivery_off_and_no_other(world: World, seven: str, phase: str) -> None:
    """It waits, and is told when the server will have it."""
    world.mailbox.misbehave(Fault(phase, reply="451 4.7.1 come again", recipient="c3@*", times=2))
    world.turn()
    assert count(world, seven) == {states.ACCEPTED: 6, states.RETRY_WAIT: 1}
    assert world.recipients(seven)["c3"].why == "4.7.1"
    world.clock.advance(minutes=1)
    world.turn()
    assert world.recipients(seven)["c3"].refusals == 2
    world.work_off()
    assert count(world, seven) == {states.ACCEPTED: 7}
    assert set(world.told().values()) == {1}


@pytest.mark.parametrize("phase", ["rcpt", "data", "dot"])
def test_5xx_fails_one_delivery_and_no_other(world: World, seven: str, phase: str) -> None:
    """For good, with the server's code and words."""
    world.mailbox.misbehave(Fault(phase, reply="554 5.7.1 <c3@example.org> refused", recipient="c3@*"))
    world.turn()
    assert count(world, seven) == {states.ACCEPTED: 6, states.FAILED: 1}
    assert world.states(seven)["c3"] == (states.FAILED, "5.7.1")
    (attempt,) = world.delivery(seven, position=3)["attempts"]
    assert (attempt["code"], attempt["text"]) == (554, "5.7.1 <…> refused")
    assert world.operating.suppressions(None, 10) == []


@pytest.mark.parametrize("code", sorted(SUPPRESSING))
def test_an_address_that_exists_no_more_is_suppressed(world: World, seven: str, code: str) -> None:
    """By its fingerprint; partners hear of it, and the next alert does not go there."""
    world.mailbox.misbehave(Fault("rcpt", reply=f"550 {code} gone", recipient="c3@*"))
    world.turn()
    (event,) = [event_from_document(event) for event in world.events("suppressions")]
    assert event.type == "notifications.address.suppressed.v1"
    assert event.data == {
        "contact_id": "c3",
        "contact_version": 1,
        "fingerprint": world.sealer.fingerprint("c3@example.org"),
        "why": code,
    }
    assert b"example.org" not in event.to_bytes()

    again = world.tell("c3", "c4", kind="rescheduled", version=20)
    world.turn()
    assert world.states(again) == {
        "c3": (states.SUPPRESSED, "address_suppressed"),
        "c4": (states.ACCEPTED, None),
    }


@pytest.mark.parametrize(
    "fault",
    [
        Fault("connect", reply="554 5.3.2 no service", close=True, times=1),
        Fault("connect", cut=True, times=1),
        Fault("ehlo", reply="421 4.3.2 closing", close=True, times=1),
        Fault("mail", reply="451 4.3.0 busy", times=1),
        Fault("mail", reply="550 5.7.1 you may not", times=1),
        Fault("mail", cut=True, times=1),
        Fault("rcpt", reply="421 4.3.2 closing", close=True, times=1),
        Fault("dot", reply="421 4.3.2 closing", close=True, times=1),
    ],
    ids=lambda fault: f"{fault.phase} {fault.reply or 'cut'}",
)
def test_the_servers_own_trouble_is_counted_against_nobody(world: World, seven: str, fault: Fault) -> None:
    """Everything is as it was, and goes out when the server is back."""
    world.mailbox.misbehave(fault)
    world.turn()
    assert set(count(world, seven)) <= {states.PENDING, states.ACCEPTED}
    assert all(each.refusals == 0 for each in world.recipients(seven).values())
    world.turn()
    assert count(world, seven) == {states.ACCEPTED: 7}
    assert set(world.told().values()) == {1}


def test_a_server_that_is_not_there_stops_the_clock_of_deliveries(world: World, seven: str) -> None:
    """However long it is away, nobody is given up."""
    world.mailbox.refuse()
    for _ in range(20):
        world.turn()
        world.clock.advance(hours=5)
    assert count(world, seven) == {states.PENDING: 7}
    world.mailbox.behave()
    world.turn()
    assert count(world, seven) == {states.ACCEPTED: 7}


def test_after_72_hours_of_refusals_a_delivery_fails(world: World, seven: str) -> None:
    """The ledger says that it expired."""
    world.mailbox.misbehave(Fault("rcpt", reply="450 4.2.2 full", recipient="c3@*"))
    world.work_off(turns=200, hours=4)
    assert world.states(seven)["c3"] == (states.FAILED, "expired")


@pytest.mark.parametrize(
    "fault",
    [Fault("rcpt", cut=True, recipient="c2@*", times=1), Fault("data", cut=True, recipient="c2@*", times=1)],
    ids=lambda fault: str(fault.phase),
)
def test_a_connection_cut_before_the_body_puts_one_delivery_off(
    world: World, seven: str, fault: Fault
) -> None:
    """Which of them the server stumbled over is known; the others go on with a new connection."""
    world.mailbox.misbehave(fault)
    world.turn()
    assert world.recipients(seven)["c2"].state in (states.RETRY_WAIT, states.PENDING)
    assert doubts(world, seven) == 0
    world.work_off()
    assert count(world, seven) == {states.ACCEPTED: 7}
    assert set(world.told().values()) == {1}


@pytest.mark.parametrize(
    ("fault", "times_told"),
    [
        (Fault("stored", cut=True, recipient="c2@*", times=1), 2),
        (Fault("dot", cut=True, recipient="c2@*", times=1), 1),
        (Fault("body", cut=True, recipient="c2@*", times=1, after_bytes=50), 1),
        (Fault("stored", freeze=1.6, cut=True, recipient="c2@*", times=1), 2),
    ],
    ids=["stored, then cut", "read, then cut", "cut in the body", "stored, then silent"],
)
def test_what_was_not_confirmed_is_uncertain_and_sent_once_more(
    world: World, seven: str, fault: Fault, times_told: int
) -> None:
    """A server that took the message and one that did not look the same (RFC 1047)."""
    world.mailbox.misbehave(fault)
    world.turn()
    assert count(world, seven)[states.UNCERTAIN] == 1
    assert doubts(world, seven) == 1
    world.work_off()
    assert count(world, seven) == {states.ACCEPTED: 7}
    told = world.told()
    assert told.pop("c2@example.org") == times_told
    assert set(told.values()) == {1}
    ids = {mail.message_id for mail in world.mailbox.messages() if mail.recipients == ("c2@example.org",)}
    assert len(ids) == 1


def test_uncertain_twice_is_final(world: World, seven: str) -> None:
    """A third time is not tried: it may have been told twice already."""
    world.mailbox.misbehave(Fault("stored", cut=True, recipient="c2@*"))
    world.work_off()
    assert world.states(seven)["c2"] == (states.UNCERTAIN, "final")
    assert world.told()["c2@example.org"] == 2
    assert len(world.delivery(seven, position=2)["attempts"]) == 2


def test_an_uncertain_delivery_that_became_untrue_is_not_sent_again(world: World, seven: str) -> None:
    """It stays uncertain, since it may have been told; the newer alert goes out."""
    world.mailbox.misbehave(Fault("stored", cut=True, recipient="c2@*", times=1))
    world.turn()
    newer = world.tell(*SEVEN, kind="corrected", version=13)
    world.work_off()
    assert world.states(seven)["c2"] == (states.UNCERTAIN, "corrected")
    assert count(world, newer) == {states.ACCEPTED: 7}


def test_a_frozen_server_is_waited_for_no_longer_than_told(world: World, seven: str) -> None:
    """The final dot has a time of its own: ten minutes, here one second."""
    world.mailbox.misbehave(Fault("dot", freeze=5, cut=True, recipient="c0@*", times=1))
    began = time.monotonic()
    world.turn()
    assert time.monotonic() - began < 4
    assert count(world, seven) == {states.UNCERTAIN: 1, states.PENDING: 6}


def test_a_server_without_pipelining_is_served_too(
    database: Database[Any], mailbox: Mailbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One command at a time, with the same outcome."""
    world = World(database, mailbox, clock)
    monkeypatch.setattr(world, "open_line", lambda: _without_pipelining(world))
    world.know(*SEVEN)
    event_id = world.tell(*SEVEN)
    world.mailbox.misbehave(Fault("rcpt", reply="550 5.1.1 unknown", recipient="c5@*"))
    world.turn()
    assert count(world, event_id) == {states.ACCEPTED: 6, states.FAILED: 1}


def _without_pipelining(world: World) -> Any:
    line = world.server.connect()
    line._pipelining = False  # what a server that does not offer it leaves
    return line
