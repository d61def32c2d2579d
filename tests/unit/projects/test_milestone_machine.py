"""Any order of commands at any pace against a model that only keeps a log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.projects.domain.projects import Project
from services.projects.domain.reporting import reported
from services.projects.domain.texts import Text
from shared.errors import Refusal
from tests.unit.projects.examples import HOLD, NOON, TODAY, milestone, project, report

WHY = Text("เหตุผล")
DAYS = st.integers(1, 20).map(lambda days: date(2026, 12, 1) + timedelta(days=days))


@dataclass
class Entry:
    """What the model remembers of one alert: the milestone as it was before, and when it was said."""

    before: tuple[str, date]
    at: timedelta
    event_id: str
    recalled: bool = False


class MilestoneMachine(RuleBasedStateMachine):
    """The model: a status, a due date, and a log of alerts of which only the last can be taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.project: Project = project(milestone(version=2))
        self.status, self.due = "planned", date(2026, 11, 30)
        self.log: list[Entry] = []
        self.last_was_alert = False
        self.passed = timedelta()

    @rule(seconds=st.integers(0, 200))
    def time_passes(self, seconds: int) -> None:
        self.passed += timedelta(seconds=seconds)

    @rule()
    def start(self) -> None:
        if self._told("start", allowed=self.status == "planned"):
            self.status, self.last_was_alert = "in_progress", False

    @rule()
    def reach(self) -> None:
        if self._told("reach", allowed=self._open, reached_on=TODAY):
            self._alerted("reached", self.due)

    @rule(day=DAYS)
    def reschedule(self, day: date) -> None:
        if self._told("reschedule", allowed=self._open and day != self.due, due_date=day, reason=WHY):
            self._alerted(self.status, day)

    @rule()
    def cancel(self) -> None:
        if self._told("cancel", allowed=self._open, reason=WHY):
            self._alerted("cancelled", self.due)

    @precondition(lambda self: self.status in ("reached", "cancelled"))
    @rule(status=st.sampled_from(("planned", "in_progress")))
    def open_again(self, status: str) -> None:
        assert self._told("correct", allowed=True, status=status, reason=WHY)
        self._alerted(status, self.due)

    @rule(day=DAYS)
    def correct_the_date(self, day: date) -> None:
        """An open milestone can be corrected only if somebody was told; a new reason is news enough."""
        told = any(not entry.recalled for entry in self.log)
        why = Text(f"เหตุผล {len(self.log)}")
        if self._told("correct", allowed=told or not self._open, due_date=day, reason=why):
            self._alerted(self.status, day)

    @rule()
    def recall(self) -> None:
        allowed = self.last_was_alert and self.passed < self.log[-1].at + HOLD
        if self._told("recall", allowed=allowed):
            self.log[-1].recalled = True
            self.status, self.due = self.log[-1].before
            self.last_was_alert = False

    @invariant()
    def the_milestone_is_as_the_model_says(self) -> None:
        actual = self.project.milestones[0]
        assert (actual.status, actual.due_date) == (self.status, self.due)
        assert (actual.reached_on is not None) == (self.status == "reached")
        assert [(a.event_id, a.recalled) for a in actual.alerts] == [
            (e.event_id, e.recalled) for e in self.log
        ]

    @invariant()
    def versions_only_grow_together(self) -> None:
        assert self.project.milestones[0].version == self.project.version

    @property
    def _open(self) -> bool:
        return self.status in ("planned", "in_progress")

    def _told(self, command: str, allowed: bool, **said: object) -> bool:
        """Carries the command out; it must be refused exactly where the model says so."""
        before = self.project
        concerned = tuple(entry.event_id for entry in self.log if not entry.recalled)
        try:
            done = reported(before, "training-50", command, report(now=NOON + self.passed, **said))
        except Refusal:
            assert not allowed, command
            return False
        assert done is not None
        assert allowed, command
        assert done.project.version == before.version + 1
        assert done.concerns == {"correct": concerned, "recall": concerned[-1:]}.get(command, ())
        self.project = done.project
        return True

    def _alerted(self, status: str, due: date) -> None:
        event_id = f"clean-province:{self.project.version}"
        self.log.append(Entry((self.status, self.due), self.passed, event_id))
        self.status, self.due, self.last_was_alert = status, due, True


TestMilestoneMachine = MilestoneMachine.TestCase
TestMilestoneMachine.settings = settings(max_examples=80, stateful_step_count=25)
