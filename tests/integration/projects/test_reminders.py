"""Events that time makes, over a real database: once each, whatever runs twice, dies or tells another time.

Rests on the holidays package's table for Thailand (0.109) of 2026 and 2027.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from services.projects.application.milestones import Milestones
from services.projects.application.once import Order
from services.projects.application.reminding import Reminders
from services.projects.domain.projects import MOST_MILESTONES
from services.projects.domain.reminders import MOST_ONE_BY_ONE
from services.projects.storage.plans import Indicators, Programmes, Projects
from shared.auth import Caller
from shared.calendar import BANGKOK
from shared.mongo import connect
from shared.testing.clock import FixedClock
from tests.unit.projects.examples import HOLD, WORDS, indicator, milestone, project

ENTERED = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
PHIMCHAI = Order(Caller("phimchai", frozenset({"coordinator"})))


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=BANGKOK)


class World:
    """The stores of one process, and a clock that all of its parts share."""

    def __init__(self, database: Database[Any], now: datetime = ENTERED) -> None:
        self.database = database
        self.clock = FixedClock(now)
        self.projects = Projects(database["projects"])
        self.indicators, self.programmes = Indicators(database["indicators"]), Programmes(database["p"])
        self.projects.ensure_indexes()
        self.reminders = Reminders(
            self.projects, self.indicators, self.programmes, self.clock, WORDS, time(8, 30)
        )
        self.milestones = Milestones(self.projects, self.indicators, self.programmes, self.clock, WORDS, HOLD)

    def enter(self, *due: date, name: str = "clean-province") -> None:
        planned = (
            replace(milestone(due_date=day), id=f"{name}-{n}", created_at=ENTERED, updated_at=ENTERED)
            for n, day in enumerate(due)
        )
        self.projects.insert(project(*planned, id=name, updated_at=ENTERED), (), None)

    def sweep(self, now: datetime) -> int:
        self.clock.set(now)
        return self.reminders.sweep()

    def said(self) -> list[str]:
        """The ids of all events in the outboxes, by version."""
        found = [
            event for document in self.database["projects"].find() for event in document.get("outbox", ())
        ]
        return [event["id"] for event in sorted(found, key=lambda event: event["version"])]


@pytest.fixture
def world(database: Database[Any]) -> World:
    return World(database)


def test_a_forgotten_milestone_is_told_of_day_after_day_across_restarts(
    world: World, database: Database[Any]
) -> None:
    """Every day another process, which knows nothing but the database; twice a day."""
    world.enter(date(2026, 11, 30))
    for day in range(70):
        now = at(date(2026, 11, 2) + timedelta(days=day))
        for _ in range(2):
            World(database).sweep(now)
    overdue = (f"overdue_{days}" for days in range(1, 37, 7))
    told = ("due_30", "due_7", "due_1", *overdue)
    assert world.said() == [f"clean-province-0:{rule}:2026-11-30" for rule in told]


def test_two_replicas_at_once_say_each_thing_once(
    world: World, database: Database[Any], database_uri: str
) -> None:
    """Without a lease between them: the version decides, and the loser finds nothing left to say."""
    for number in range(5):
        world.enter(*(date(2026, 11, 20 + n) for n in range(6)), name=f"project-{number}")
    now = at(date(2026, 12, 8))

    def replica(_: int) -> int:
        with connect(database_uri) as client:
            return World(client.get_default_database(), now).reminders.sweep()

    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(replica, range(2)))
    said = Counter(world.said())
    assert sum(counts) == len(said) == 30
    assert set(said.values()) == {1}
    assert world.sweep(now) == 0


@pytest.mark.parametrize(
    ("due_date", "day", "rule"),
    [
        (date(2026, 12, 15), date(2026, 12, 16), "overdue_1"),
        (date(2027, 4, 16), date(2027, 4, 12), "due_1"),  # Songkran is from 13 to 15 April
        (date(2026, 12, 30), date(2027, 1, 4), "overdue_1"),  # over the year's end and a weekend
        (date(2028, 2, 28), date(2028, 2, 29), "overdue_1"),
        (date(2028, 2, 29), date(2028, 3, 1), "overdue_1"),
    ],
)
def test_two_replicas_around_midnight_and_opening_say_each_thing_once(
    world: World, database: Database[Any], due_date: date, day: date, rule: str
) -> None:
    """Their clocks are seconds apart: for one it is still yesterday, or too early, and not for the other.
    At night neither says anything; in the morning one does, whichever is first."""
    world.enter(due_date)
    behind, ahead = World(database), World(database)
    midnight, opening = at(day, 0), at(day, 8) + timedelta(minutes=30)
    one = timedelta(seconds=1)
    for turn in (midnight, opening):
        assert [behind.sweep(turn - one), ahead.sweep(turn - one)] == [0, 0]
        said = [behind.sweep(turn - one), ahead.sweep(turn + one), behind.sweep(turn), ahead.sweep(turn)]
        assert said == ([0, 0, 0, 0] if turn == midnight else [0, 1, 0, 0])
    assert [behind.sweep(at(day, 0)), ahead.sweep(at(day, 23))] == [0, 0]  # a clock that jumps back
    assert world.said() == [f"clean-province-0:{rule}:{due_date.isoformat()}"]


def test_who_reports_while_a_reminder_is_made_is_not_disturbed(world: World) -> None:
    """The reminder was stored first: the milestone's ETag is as the coordinator saw it."""
    world.enter(date(2026, 11, 30))
    assert world.sweep(at(date(2026, 12, 1))) == 1
    world.milestones.report("clean-province-0", "reach", {"confirm_unmet": True}, PHIMCHAI, 2)
    assert world.sweep(at(date(2026, 12, 8))) == 0
    assert [name.split(":")[1] for name in world.said()] == ["overdue_1", "4"]


def test_a_clock_that_jumps_says_nothing_twice(world: World) -> None:
    """A year ahead by mistake, back, and on; at night and on holidays nothing is said at all."""
    world.enter(date(2026, 12, 15))
    jumps = [
        at(date(2026, 11, 16)),
        at(date(2027, 11, 16)),
        at(date(2026, 11, 16)),
        at(date(2026, 12, 16)),
        at(date(2026, 12, 31)),
        at(date(2027, 4, 13)),  # Songkran
        at(date(2027, 1, 5), hour=3),
        at(date(2027, 11, 16)),
        at(date(2027, 11, 23)),
    ]
    assert [world.sweep(now) for now in jumps] == [1, 1, 0, 0, 0, 0, 0, 0, 1]
    assert [name.split(":")[1] for name in world.said()] == ["due_30", "overdue_330", "overdue_337"]


def test_a_project_sleeps_until_the_day_of_its_next_event(world: World, database: Database[Any]) -> None:
    """So that a sweep costs by what is due: one indexed look, and nothing loaded."""
    world.enter(date(2026, 11, 30), name="soon")
    world.enter(date(2027, 6, 30), name="later")
    world.projects.insert(project(milestone(status="reached"), id="done"), (), None)
    assert world.sweep(at(date(2026, 11, 2))) == 0  # entered today
    assert world.sweep(at(date(2026, 11, 3))) == 1
    wakes = {document["_id"]: document["wakes_on"] for document in database["projects"].find()}
    assert wakes == {"soon": "2026-11-23", "later": "2027-05-31", "done": "9999-12-31"}
    assert world.projects.waking(date(2026, 11, 22), "", 10) == []
    world.milestones.report("soon-0", "reach", {}, PHIMCHAI, None)
    assert world.projects.waking(date(2026, 12, 31), "", 10) == []


def test_what_was_stored_before_there_were_reminders_wakes_up(database: Database[Any]) -> None:
    """An older version wrote no such day: it is looked at once."""
    world = World(database)
    world.enter(date(2026, 11, 30))
    database["projects"].update_one({}, {"$unset": {"wakes_on": ""}})
    assert World(database).sweep(at(date(2026, 12, 1))) == 1


def test_one_project_that_cannot_be_told_of_stops_no_other(world: World, database: Database[Any]) -> None:
    """Its programme is gone, or it cannot be read, which nobody foresaw: the others are told, and both stay
    awake."""
    for name in ("a-broken", "b-unreadable", "c-sound"):
        world.enter(date(2026, 11, 30), name=name)
    database["projects"].update_one({"_id": "a-broken"}, {"$set": {"programme_id": "gone"}})
    database["projects"].update_one({"_id": "b-unreadable"}, {"$unset": {"coordinator": ""}})
    assert world.sweep(at(date(2026, 12, 1))) == 1
    assert world.said() == ["c-sound-0:overdue_1:2026-11-30"]
    assert world.projects.waking(date(2026, 12, 1), "", 10) == ["a-broken", "b-unreadable"]


def test_a_sweep_stops_where_it_is_no_longer_wanted(world: World) -> None:
    """The service ends or its lease does; what is left is for the next."""
    for number in range(4):
        world.enter(date(2026, 11, 30), name=f"project-{number}")
    world.clock.set(at(date(2026, 12, 1)))
    wanted = iter([True, True, False, False])
    assert world.reminders.sweep(lambda: next(wanted)) == 2
    assert world.reminders.sweep() == 2


@pytest.mark.parametrize(("count", "together"), [(MOST_ONE_BY_ONE, False), (MOST_ONE_BY_ONE + 1, True)])
def test_many_at_once_are_told_together(world: World, count: int, together: bool) -> None:
    """One coordinator's, over all projects; of another's one is one."""
    for number in range(count):
        world.enter(date(2026, 11, 30), name=f"project-{number:02}")
    somchai = replace(project().coordinator, id="somchai")
    alone = replace(milestone(), id="alone", created_at=ENTERED, updated_at=ENTERED)
    world.projects.insert(project(alone, id="somchais", coordinator=somchai, updated_at=ENTERED), (), None)
    assert world.sweep(at(date(2026, 12, 1))) == count + 1
    events = [event for d in world.database["projects"].find() for event in d["outbox"]]
    said = {event["id"]: event["data"]["together"] for event in events}
    assert said.pop("alone:overdue_1:2026-11-30") is False
    assert set(said.values()) == {together}


def test_a_whole_project_entered_late_is_one_event_for_each_milestone(world: World) -> None:
    """As many milestones as there may be, all a year overdue; each event fits its contract."""
    world.indicators.insert(indicator(), (), None)
    world.enter(*(date(2025, 11, 3) for _ in range(MOST_MILESTONES)))
    assert world.sweep(at(date(2026, 12, 1))) == MOST_MILESTONES
    assert len(set(world.said())) == MOST_MILESTONES
    assert world.sweep(at(date(2026, 12, 1), 10)) == 0
