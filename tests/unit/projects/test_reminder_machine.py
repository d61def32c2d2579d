"""Any order of reports, sweeps and clock jumps against a model that looks at every day by itself.

Rests on the holidays package's tables for Thailand (0.109) of 2026 and 2027.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.projects.application.reminding import Reminders
from services.projects.domain.projects import Project
from services.projects.domain.reporting import reported
from services.projects.domain.texts import Text
from shared.calendar import BANGKOK, is_working_day
from shared.errors import Refusal
from shared.testing.clock import FixedClock
from tests.unit.projects.examples import WORDS, milestone, project, report
from tests.unit.projects.memory import MemoryIndicators, MemoryProgrammes, MemoryProjects

BEGIN = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)  # Monday, 9:00 in Bangkok
OPENS = time(8, 30)
WHY = Text("เหตุผล")
COUNTED = (-30, -7, -1, 1, 8, *range(15, 700, 7))
HOURS = st.sampled_from([9, 9, 12, 15, 3, 8, 20])  # offices open at half past eight
DAYS = st.integers(-40, 120).map(lambda days: date(2026, 11, 30) + timedelta(days=days))


def name_of(days: int) -> str:
    return f"due_{-days}" if days < 0 else f"overdue_{days}"


class ReminderMachine(RuleBasedStateMachine):
    """The model: one milestone, the highest day raised for each due date, and the ids that were said."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FixedClock(BEGIN)
        given = replace(milestone(), created_at=BEGIN, updated_at=BEGIN)
        self.store = MemoryProjects(project(given, updated_at=BEGIN))
        self.status, self.due, self.changed = "planned", given.due_date, BEGIN
        self.raised: dict[date, int] = {}
        self.said: list[str] = []

    @rule(days=st.lists(st.tuples(st.integers(1, 12), HOURS, st.booleans()), min_size=2, max_size=8))
    def days_pass(self, days: list[tuple[int, int, bool]]) -> None:
        for passed, hour, rival in days:
            self.clock.set(self._local(hour) + timedelta(days=passed))
            self.sweep(rival)

    @rule(hour=HOURS)
    def hours_pass(self, hour: int) -> None:
        self.clock.set(max(self.clock.now(), self._local(hour)))

    @precondition(lambda self: self.said)
    @rule(days=st.integers(1, 60))
    def the_clock_is_set_back(self, days: int) -> None:
        self.clock.set(self.clock.now() - timedelta(days=days))

    @precondition(lambda self: self.said)
    @rule(due=DAYS)
    def reschedule(self, due: date) -> None:
        if self._report("reschedule", due_date=due, reason=WHY):
            self.due = due

    @precondition(lambda self: len(self.said) > 2)  # reported too early, nothing is left to be seen
    @rule()
    def reach(self) -> None:
        if self._report("reach", reached_on=BEGIN.date()):
            self.status = "reached"

    @rule()
    def open_again(self) -> None:
        if self.status == "reached" and self._report("correct", status="in_progress", reason=WHY):
            self.status = "in_progress"

    @rule(rival=st.booleans())
    def sweep(self, rival: bool) -> None:
        """By a process that has just started, or by two at once, of which one is always faster."""
        expected = self._expected()
        if rival:
            self.store.meanwhile = self._rival
        self._replica().sweep()
        self.store.meanwhile = lambda: None
        if expected is not None:
            self.raised[self.due] = expected
            self.said.append(f"training-50:{name_of(expected)}:{self.due.isoformat()}")

    @invariant()
    def everything_was_said_once_and_nothing_else(self) -> None:
        ids = [event.id for event in self.store.events if event.actor == "system"]
        assert ids == self.said
        assert len(set(ids)) == len(ids)

    @invariant()
    def no_two_events_have_one_version(self) -> None:
        versions = [event.version for event in self.store.events]
        assert versions == sorted(set(versions))

    def _rival(self) -> None:
        self.store.meanwhile = lambda: None
        self._replica().sweep()

    def _replica(self) -> Reminders:
        return Reminders(
            self.store,  # type: ignore[arg-type]  # lists are asked of the real one
            MemoryIndicators(),
            MemoryProgrammes(),
            self.clock,
            WORDS,
            OPENS,
        )

    def _expected(self) -> int | None:
        """The newest of all days that have come since the last one raised, counted one by one."""
        local = self._local()
        today = local.date()
        working_hours = OPENS <= local.time() < time(16, 30) and is_working_day(today)
        opened = datetime.combine(today, OPENS, BANGKOK)
        if not working_hours or self.status == "reached" or self.changed >= opened:
            return None
        left = [days for days in COUNTED if days > self.raised.get(self.due, -31) and self._came(days, today)]
        late = [days for days in left if days > 0]
        if not late and today > self.due:
            return None
        return max(late or left, default=None)

    def _local(self, hour: int | None = None) -> datetime:
        local = self.clock.now().astimezone(BANGKOK)
        return local if hour is None else local.replace(hour=hour)

    def _came(self, days: int, today: date) -> bool:
        day = self.due + timedelta(days=days)
        while not is_working_day(day):
            day += timedelta(days=1 if days > 0 else -1)
        return day <= today

    def _report(self, command: str, **said: object) -> bool:
        before: Project = self.store.kept["clean-province"]
        now = self.clock.now()
        try:
            done = reported(before, "training-50", command, report(now=now, **said))
        except Refusal:
            return False
        assert done is not None
        self.store.save(before, done.project, (), None)
        self.changed = now
        return True


TestReminderMachine = ReminderMachine.TestCase
TestReminderMachine.settings = settings(max_examples=60, stateful_step_count=15)
