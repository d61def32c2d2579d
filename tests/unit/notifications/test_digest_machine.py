"""Digests against a simple model: two keepers and a lane that may die at any write, a clock that jumps.

Planner, lane and keeper are the real ones. The model is the mail server: which pieces of news it took for
whom, and how often.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.notifications.application.digest_planning import DigestPlanner
from services.notifications.application.digesting import Keeper
from services.notifications.application.drawing import Drawing
from services.notifications.application.lane import Lane
from services.notifications.application.planning import Errand, Planner
from services.notifications.application.recovering import Recovery
from services.notifications.application.writing import Written
from services.notifications.domain import replies, states
from services.notifications.domain.rates import Limits
from services.notifications.domain.recipients import Recipient, Result
from services.notifications.domain.subjects import RESCHEDULED, Alert, Milestone
from services.notifications.mail.message import Mail
from services.notifications.smtp.conversation import Delivered
from shared.preferences import MODES, Preferences
from shared.testing.clock import FixedClock
from tests.unit.notifications.memory import MemoryDigests, MemoryDirectory, MemoryLedger, MemoryPages
from tests.unit.notifications.scenes import contact, dispatch, members

PEOPLE = ("anan", "boon", "chai")
MILESTONES = ("m1", "m2")
LEASE = timedelta(seconds=10)


class Died(BaseException):
    """kill -9: nothing more of it happens."""


class MailServer:
    """Takes every mail and notes the deliveries that it told of."""

    open = True

    def __init__(self) -> None:
        self.told: Counter[tuple[str, int]] = Counter()
        self.mails: list[str] = []

    def deliver(self, window: Sequence[Mail], may_send: Callable[[], bool]) -> Delivered:
        for mail in window:
            self.mails.append(mail.recipient)
            self.told.update(eval(mail.data))  # written by `_write` below
        return Delivered([Result(replies.TAKEN, 250)] * len(window))


class DigestMachine(RuleBasedStateMachine):
    """Three people, two milestones whose state changes again and again."""

    @initialize()
    def begin(self) -> None:
        self.clock = FixedClock()
        self.ledger = MemoryLedger()
        self.pages = MemoryPages({}, {})
        self.directory = MemoryDirectory(*(contact(each) for each in PEOPLE))
        self.digests = MemoryDigests(self.ledger, self.pages, self._write_happens)
        self.ledger.step = self._write_happens
        self.server = MailServer()
        self.names = itertools.count()
        self.versions = itertools.count(1)
        self.dies_in: int | None = None
        self.keepers = [Keeper(self.digests, self.clock, lambda: None) for _ in range(2)]

    # What hypothesis may do ----------------------------------------------------------------------

    @rule(milestone=st.sampled_from(MILESTONES))
    def report(self, milestone: str) -> None:
        """Something new about a milestone, for everybody."""
        version = next(self.versions)
        event_id, now = f"{milestone}-{version}", self.clock.now()
        self._note(milestone, Alert(event_id, RESCHEDULED, version, now))
        page = f"{event_id}:0"
        self.pages.add(page, {"contacts": members(*PEOPLE)})
        self.ledger.add(
            dispatch(
                *(Recipient(each, states.PENDING, None, now) for each in PEOPLE),
                id=f"{event_id}:0:0",
                version=1,
                lease=None,
                event_id=event_id,
                event_version=version,
                page_id=page,
                milestone_id=milestone,
                recorded_at=now,
                event="milestone.rescheduled",
            )
        )

    @rule(person=st.sampled_from(PEOPLE), mode=st.sampled_from(MODES))
    def choose(self, person: str, mode: str) -> None:
        """Somebody wants news otherwise, and what waits for them is looked at again."""
        before = self.directory.people[person]
        chosen = Preferences(mode, {}, 3, 12)
        self.directory.people[person] = contact(person, preferences=chosen, version=before.version + 1)
        self.ledger.wake(person, self.clock.now())

    @rule(milestone=st.sampled_from(MILESTONES))
    def recall(self, milestone: str) -> None:
        """The last word about a milestone is taken back."""
        known = self.directory.milestones.get(milestone, Milestone())
        standing = [alert for alert in known.alerts if alert.event_id not in known.recalled]
        if standing:
            last = max(standing, key=lambda alert: alert.version)
            self.directory.milestones[milestone] = Milestone(known.alerts, known.recalled | {last.event_id})

    @rule(hours=st.sampled_from([1, 12, 24, 24 * 7, 24 * 15]))
    def let_time_pass(self, hours: int) -> None:
        self.clock.advance(hours=hours)

    @rule()
    def let_the_clock_jump_back(self) -> None:
        self.clock.set(self.clock.now() - timedelta(hours=30))

    @rule(keeper=st.integers(0, 1), step=st.sampled_from(["_close", "_mark", "_send", "_share"]))
    def let_a_keeper_work(self, keeper: int, step: str) -> None:
        self._work(getattr(self.keepers[keeper], step))

    @rule()
    def let_a_lane_work(self) -> None:
        self._work(self._lane_turn)

    @rule(writes=st.integers(0, 6))
    def let_somebody_die_soon(self, writes: int) -> None:
        """After so many more writes, whoever makes the next one is gone."""
        self.dies_in = writes

    # What must be true always --------------------------------------------------------------------

    @invariant()
    def nothing_is_said_twice_but_in_doubt(self) -> None:
        doubted = {place for key, stored in self._digest_doubts().items() for place in stored}
        for place, times in self.server.told.items():
            assert times == 1 or place in doubted or self._doubts(place), f"{place} was told {times} times"

    @invariant()
    def a_delivery_is_in_one_digest(self) -> None:
        closed = Counter(
            member.place
            for digest in self.digests.closed.values()
            for member in digest.members
            if member.place in digest.fates
        )
        assert all(times == 1 for times in closed.values()), closed

    def teardown(self) -> None:
        """Nobody dies any more, time passes, and everybody works until nothing is left to do."""
        if not hasattr(self, "ledger"):
            return
        self.dies_in = None
        for _ in range(60):
            self.clock.advance(hours=24)
            self._lane_turn()
            for keeper in self.keepers:
                keeper.turn()
        for stored in self.ledger.dispatches.values():
            assert stored.lease is None
            for position, each in enumerate(stored.recipients):
                assert each.state in (states.ACCEPTED, states.SUPERSEDED, states.UNCERTAIN), (stored.id, each)
                if each.state == states.ACCEPTED and not stored.is_digest:
                    assert self.server.told[stored.id, position] >= 1, f"{stored.id} {position} was lost"
        assert not any(digest.todo for digest in self.digests.closed.values())

    # How it is done ------------------------------------------------------------------------------

    def _write_happens(self, name: str) -> None:
        if self.dies_in is None:
            return
        if self.dies_in == 0:
            self.dies_in = None
            raise Died(name)
        self.dies_in -= 1

    def _work(self, work: Callable[[], Any]) -> None:
        try:
            work()
        except Died:
            return

    def _lane_turn(self) -> None:
        due = self.ledger.due(self.clock.now(), 50)
        recovery = Recovery(self.ledger, self.directory, None, self.clock, lambda: 0.5)
        for lapsed in (each for each in due if each.lease):
            recovery.recover(lapsed)
        free = [each for each in due if not each.lease]
        if free:
            self._lane().work(free, lambda: self.server)

    def _lane(self) -> Lane:
        name = f"lane {next(self.names)}"
        self.ledger.add_lane(name, self.clock.now())
        planner = DigestPlanner(self.digests, self.directory, sends=True)
        return Lane(
            name=name,
            ledger=self.ledger,
            planner=Planner(self.directory, self.pages, True, planner),
            drawing=Drawing(NoCounters(), Limits()),
            write=self._write,
            suppressions=None,
            clock=self.clock,
            lease_lasts=LEASE,
            chance=lambda: 0.5,
            new_token=lambda: f"claim {next(self.names)}",
            wait=lambda seconds: False,
            stopping=lambda: False,
        )

    def _write(self, errand: Errand, now: Any) -> Written:
        places = [member.place for member in errand.digest.news] if errand.digest else [errand.place]
        mail = Mail("from@example.org", errand.contact.id, repr(places).encode())
        return Written(mail, "th", {"why": "x"}, now)

    def _note(self, milestone: str, alert: Alert) -> None:
        known = self.directory.milestones.get(milestone, Milestone())
        self.directory.milestones[milestone] = Milestone((*known.alerts, alert), known.recalled)

    def _doubts(self, place: tuple[str, int]) -> int:
        return self.ledger.dispatches[place[0]].recipients[place[1]].doubts

    def _digest_doubts(self) -> dict[str, list[tuple[str, int]]]:
        """Digests left in doubt once, with their members."""
        return {
            key: [member.place for member in digest.members]
            for key, digest in self.digests.closed.items()
            if key in self.ledger.dispatches and self.ledger.dispatches[key].recipients[0].doubts
        }


class NoCounters:
    """There are no limits, so nothing counts."""

    def add(self, key: str, amount: int, ends_at: Any) -> int:
        raise AssertionError("nothing is limited")


DigestMachine.TestCase.settings = settings(
    max_examples=120,
    stateful_step_count=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestDigestMachine = DigestMachine.TestCase
