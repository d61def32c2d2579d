"""The ledger against a simple model: workers interleaved at every step, killed, frozen, fenced.

The lanes and the recovery are the real ones; each worker runs in a greenlet that stops at every step of
the ledger and of the mail server, so that hypothesis decides who goes on, who dies and how time passes.
The model is the mail server: which messages it took, how often.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.notifications.application.drawing import Drawing
from services.notifications.application.lane import Lane, MailTrouble
from services.notifications.application.planning import Errand, Planner
from services.notifications.application.recovering import Recovery
from services.notifications.application.writing import Written
from services.notifications.domain import replies, states
from services.notifications.domain.lanes import WINDOW
from services.notifications.domain.rates import Limits
from services.notifications.domain.recipients import Result
from services.notifications.mail.message import Mail
from services.notifications.smtp.conversation import Delivered
from shared.errors import DependencyDown
from shared.testing.clock import FixedClock
from tests.unit.notifications.memory import MemoryDirectory, MemoryLedger, MemoryPages
from tests.unit.notifications.scenes import contact, dispatch, members, recipient

LEASE = timedelta(seconds=10)
WORKERS = 3
TOOK_AND_SAID_SO, REFUSED_FOR_NOW, TOOK_AND_BROKE, BROKE, BROKE_BEFORE_DOT = range(5)
ENDINGS = {
    TOOK_AND_SAID_SO: Result(replies.TAKEN, 250),
    REFUSED_FOR_NOW: Result(replies.LATER, 451),
    TOOK_AND_BROKE: Result(replies.UNCONFIRMED),
    BROKE: Result(replies.UNCONFIRMED),
    BROKE_BEFORE_DOT: Result(replies.BROKEN_OFF),
}


class Line:
    """A mail server that takes what it is told to take. Between its steps a worker may die."""

    open = True

    def __init__(self, machine: LedgerMachine, step: Callable[[str], None]) -> None:
        self._machine = machine
        self._step = step

    def deliver(self, window: Sequence[Mail], may_send: Callable[[], bool]) -> Delivered:
        results: list[Result] = []
        for mail in window:
            self._step("before data")
            ending = self._machine.next_ending()
            if not may_send():
                return self._broken(results, len(window))
            self._step("between the look at the clock and the dot")
            if ending in (TOOK_AND_SAID_SO, TOOK_AND_BROKE):
                self._machine.taken[mail.recipient.partition("@")[0]] += 1
            self._step("after dot")
            results.append(ENDINGS[ending])
            if ending in (TOOK_AND_BROKE, BROKE, BROKE_BEFORE_DOT):
                return self._broken(results, len(window))
        return Delivered(results)

    @staticmethod
    def _broken(results: list[Result], size: int) -> Delivered:
        rest = [Result(replies.UNTOUCHED)] * (size - len(results))
        return Delivered([*results, *rest], "connection closed")


class LedgerMachine(RuleBasedStateMachine):
    """Two dispatches of seven contacts; up to three workers at once."""

    @initialize(behaviour=st.lists(st.sampled_from(sorted(ENDINGS)), max_size=12))
    def begin(self, behaviour: list[int]) -> None:
        self.clock = FixedClock()
        self.people = [f"c{number:02}" for number in range(14)]
        both = [
            dispatch(
                *(recipient(each) for each in self.people[start : start + 7]),
                id=f"p:12:0:{start // 7}",
                version=1,
                lease=None,
                page_id=f"page {start // 7}",
                slice=0,
            )
            for start in (0, 7)
        ]
        pages = {d.page_id: {"contacts": members(*(each.contact for each in d.recipients))} for d in both}
        self.ledger = MemoryLedger(*both, step=self.step)
        self.directory = MemoryDirectory(*(contact(each) for each in self.people))
        self.pages = MemoryPages(pages, {})
        self.taken: Counter[str] = Counter()
        self.behaviour = behaviour
        self.workers: dict[int, greenlet] = {}
        self.lanes: dict[int, Lane] = {}
        self.failing, self.at_once = "", 1
        self.names = itertools.count()

    # What hypothesis may do ----------------------------------------------------------------------

    @rule(worker=st.integers(min_value=0, max_value=WORKERS - 1))
    def let_work(self, worker: int) -> None:
        """Start this worker, or let it go one step further."""
        if worker not in self.workers:
            self.workers[worker] = greenlet(partial(self._work, worker))
        self._resume(worker)

    @rule(worker=st.integers(min_value=0, max_value=WORKERS - 1), steps=st.integers(2, 40))
    def let_work_on(self, worker: int, steps: int) -> None:
        for _ in range(steps):
            self.let_work(worker)

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def kill(self, data: st.DataObject) -> None:
        """kill -9 between any two steps."""
        worker = data.draw(st.sampled_from(sorted(self.workers)))
        self._kill(worker)

    @rule(seconds=st.sampled_from([1, 5, 9, 11, 60]))
    def let_time_pass(self, seconds: int) -> None:
        """Whoever is not let work meanwhile is frozen."""
        self.clock.advance(seconds)

    @rule(operation=st.sampled_from(["claim", "window", "settle", "settle"]))
    def let_the_database_fail(self, operation: str) -> None:
        """The next such operation of a lane fails before it does anything."""
        self.failing = operation

    @rule(at_once=st.sampled_from([1, 10]))
    def let_claims_be_large_or_small(self, at_once: int) -> None:
        self.at_once = at_once

    @rule()
    def let_the_databases_clock_jump(self) -> None:
        """Leases end though no time has passed: only the fence is left between two senders."""
        self.clock.set(self.clock.now() + 2 * LEASE)

    @rule(behaviour=st.lists(st.sampled_from(sorted(ENDINGS)), max_size=12))
    def let_the_server_behave(self, behaviour: list[int]) -> None:
        self.behaviour = behaviour

    # What must be true always --------------------------------------------------------------------

    @invariant()
    def nobody_is_told_twice_but_in_doubt(self) -> None:
        """G2: twice only where the ledger left or leaves it uncertain, and never three times."""
        for person, times in self.taken.items():
            assert times <= 2, f"{person} was told {times} times"

    @invariant()
    def what_the_ledger_calls_accepted_was_taken(self) -> None:
        for stored in self.ledger.dispatches.values():
            for each in stored.recipients:
                if each.state == states.ACCEPTED:
                    assert self.taken[each.contact] >= 1, f"{each.contact} was never told"

    def teardown(self) -> None:
        """Everybody dies, time passes, the server behaves, and one worker does what is left."""
        if not hasattr(self, "ledger"):
            return
        for worker in list(self.workers):
            self._kill(worker)
        self.behaviour, self.failing = [], ""
        self.ledger.step = lambda name: None
        for _ in range(200):
            self.clock.advance(hours=5)
            if all(due is None for due in self.ledger.due_at.values()):
                break
            self._work(WORKERS)
        self._check_the_end()

    def _check_the_end(self) -> None:
        doubts = 0
        for stored in self.ledger.dispatches.values():
            assert stored.lease is None
            for each in stored.recipients:
                doubts += each.doubts
                assert each.state in (states.ACCEPTED, states.UNCERTAIN), each
                if self.taken[each.contact] == 0:
                    assert each.why == "final", f"{each} was lost"
                if self.taken[each.contact] == 2:
                    assert each.doubts >= 1, f"{each} was told twice without doubt"
        assert doubts <= WINDOW * len(self.ledger.fenced) + self.broken, f"{doubts} doubts"

    # How it is done ------------------------------------------------------------------------------

    broken = 0

    def next_ending(self) -> int:
        ending = self.behaviour.pop(0) if self.behaviour else TOOK_AND_SAID_SO
        self.broken += ending in (TOOK_AND_BROKE, BROKE)
        return ending

    def step(self, name: str) -> None:
        """Here the worker stops until it is let work again, or dies."""
        parent = getcurrent().parent
        if parent is not None:
            parent.switch()
        if name == self.failing:
            self.failing = ""
            raise DependencyDown("database", "gone")

    def _resume(self, worker: int) -> None:
        self.workers[worker].switch()
        if self.workers[worker].dead:
            del self.workers[worker]

    def _kill(self, worker: int) -> None:
        dying = self.workers.pop(worker)
        self.lanes.pop(worker, None)
        if dying:  # else it never began
            # Nothing that it would still do, in a `finally` or an `except`, may happen.
            self.ledger.step = _dead(dying, self.step)
            dying.throw(GreenletExit)
            self.ledger.step = self.step

    def _work(self, worker: int) -> None:
        """What a lane's loop does once."""
        due = self.ledger.due(self.clock.now(), self.at_once)
        recovery = Recovery(self.ledger, self.directory, None, self.clock, lambda: 0.5)
        step = self.step if getcurrent().parent is not None else _nothing
        try:
            for lapsed in (each for each in due if each.lease):
                recovery.recover(lapsed)
            lane = self._lane_of(worker)
            lane.work([each for each in due if not each.lease], lambda: Line(self, step))
        except (MailTrouble, DependencyDown):
            return

    def _lane_of(self, worker: int) -> Lane:
        """The worker's lane, a new one where the last one is spent."""
        if worker not in self.lanes or self.lanes[worker].spent:
            self.lanes[worker] = self._new_lane()
        return self.lanes[worker]

    def _new_lane(self) -> Lane:
        name = f"lane {next(self.names)}"
        self.ledger.add_lane(name, self.clock.now())
        return Lane(
            name=name,
            ledger=self.ledger,
            planner=Planner(self.directory, self.pages, sends=True),
            drawing=Drawing(NoCounters(), Limits()),
            write=_write,
            suppressions=None,
            clock=self.clock,
            lease_lasts=LEASE,
            chance=lambda: 0.5,
            new_token=lambda: f"claim {next(self.names)}",
            wait=lambda seconds: False,
            stopping=lambda: False,
        )


class NoCounters:
    """There are no limits, so nothing counts."""

    def add(self, key: str, amount: int, ends_at: Any) -> int:
        raise AssertionError("nothing is limited")


def _write(errand: Errand, now: Any) -> Written:
    mail = Mail("from@example.org", errand.contact.address or "", b"")
    return Written(mail, "th", {"why": "x"}, now)


def _nothing(name: str) -> None:
    return


def _dead(dying: greenlet, step: Callable[[str], None]) -> Callable[[str], None]:
    def of_whom(name: str) -> None:
        if getcurrent() is dying:
            raise GreenletExit
        step(name)

    return of_whom


LedgerMachine.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestLedgerMachine = LedgerMachine.TestCase
