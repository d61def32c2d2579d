"""What time makes of a milestone, on a stack whose clock is moved: told once, escalated, and overtaken.

The days are working days of the holidays package's table for Thailand (0.109) for this year and the next.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from prasan.demo.province import Province, until
from shared.calendar import BANGKOK, is_working_day, local_day
from tests.e2e.conftest import stack_in
from tests.e2e.world import Contact, Project, World, counts

DAYS = (-1, 0, 1, 8, 15)  # from the due date: all of them working days
AFTER_A_JUMP = 60.0  # seconds: services ask for the time every ten, and look at it every ten


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A stack of its own, with projects twice: no other test should wake up next month."""
    with stack_in(tmp_path_factory.mktemp("time"), REMINDERS_AT="08:30") as stack:
        stack.add_replica("projects")
        yield World(Province(stack))


@pytest.fixture(scope="module")
def due_date() -> date:
    """Three weeks ahead, where no day of the rules falls on a weekend or a holiday."""
    day = local_day(datetime.now(UTC)) + timedelta(days=21)
    while not all(is_working_day(day + timedelta(days=days)) for days in DAYS):
        day += timedelta(days=1)
    return day


class Team:
    """One milestone and those who hear of it."""

    def __init__(self, world: World, due_date: date) -> None:
        self.world, self.due_date = world, due_date
        project = world.project(milestones=0)
        path = f"/v1/projects/{project.id}/milestones"
        body = {"title": {"th": "อบรมคัดแยกขยะ", "en": "Trainings"}, "due_date": due_date.isoformat()}
        self.milestone = str(world.services.post("projects", path, body)["id"])
        self.coordinator, self.head, self.secretariat, self.implementer = (
            self._somebody(project, role) for role in ("coordinator", "head", "secretariat", "implementer")
        )

    def _somebody(self, project: Project, role: str) -> Contact:
        partner_id = self.world.partner("agency")
        self.world.engage(partner_id, project, role)
        return self.world.contact(partner_id)

    def event_id(self, rule: str) -> str:
        return f"{self.milestone}:{rule}:{self.due_date.isoformat()}"

    def everybody(self) -> tuple[Contact, ...]:
        return self.coordinator, self.head, self.secretariat, self.implementer

    def has_mails(self, *expected: int) -> bool:
        return [len(self.world.mails(each)) for each in self.everybody()] == list(expected)


def nine_o_clock(world: World, day: date) -> None:
    """The clock of the database, and with it of every service, jumps to that morning."""
    then = datetime.combine(day, time(9, 0), BANGKOK)
    world.province.stack.database.move_clock(then - datetime.now(UTC))


@pytest.mark.timeout(360)  # three jumps of the clock, each noticed within twenty seconds, and two starts
def test_a_forgotten_milestone_is_told_of_and_escalated_whatever_crashes(
    world: World, due_date: date
) -> None:
    """Due tomorrow; then eight days without a report, in which projects dies right after it stored the event;
    then fifteen, when it is reported before the mail goes out."""
    team = Team(world, due_date)
    stack = world.province.stack

    # Tomorrow it is due: who entered it late is told once, and whoever works on it.
    nine_o_clock(world, due_date - timedelta(days=1))
    until(lambda: team.has_mails(1, 0, 0, 1), AFTER_A_JUMP)
    world.settled(team.milestone, team.event_id("due_1"))

    # Day 8: the process that makes the event dies with it in its outbox, and nobody else runs.
    for process in stack.services["projects"]:
        process.kill()
    nine_o_clock(world, due_date + timedelta(days=8))
    first, second = stack.services["projects"]
    first.launch("projects.stored=crash@1")
    until(lambda: not first.running, AFTER_A_JUMP)
    assert first.exit_code == -signal.SIGKILL
    second.start()
    first.start()
    until(lambda: team.has_mails(2, 1, 0, 1), AFTER_A_JUMP)
    outcome = world.settled(team.milestone, team.event_id("overdue_8"))
    assert counts(outcome) == {"accepted": 2}
    (said,) = world.mails(team.head)
    assert said.subject.startswith("ครบกำหนดแล้ว ยังไม่ได้รับรายงานผล")

    # Day 15: sending is paused, and it is reported meanwhile. The secretariat hears of that alone.
    world.services.post("notifications", "/v1/sending/pause", {})
    nine_o_clock(world, due_date + timedelta(days=15))
    waiting = team.event_id("overdue_15")
    until(lambda: _relevant(world, team, waiting) == 1, AFTER_A_JUMP)
    reached = world.report(team.milestone, "reach")
    until(lambda: _relevant(world, team, reached["event_id"]) == 4, AFTER_A_JUMP)
    world.services.post("notifications", "/v1/sending/resume", {})
    assert counts(world.settled(team.milestone, waiting, AFTER_A_JUMP)) == {"superseded": 1}
    assert counts(world.settled(team.milestone, reached["event_id"], AFTER_A_JUMP)) == {"accepted": 4}
    assert team.has_mails(3, 2, 1, 2)


def _relevant(world: World, team: Team, event_id: str) -> int | None:
    """How many hear of an event, once its deliveries are recorded; None until there is such an event."""
    alerts = world.services.get("projects", f"/v1/milestones/{team.milestone}/outcome")["alerts"]
    found = [alert for alert in alerts if alert["event_id"] == event_id]
    recorded = world.services.get("notifications", "/v1/deliveries", event=event_id)["items"]
    return found[0]["relevant"] if found and recorded else None
