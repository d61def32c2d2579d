"""Digests, reminders, answers and what comes back, on days on which something dies.

Nothing is lost, nothing comes twice, and the outcome of every alert stays an exact partition. Reminders rest
on the holidays package's table for Thailand (0.109).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from shared.testing.broker_files import BrokerNotInstalled
from shared.testing.stack import Stack
from tests.faults.answer_checker import check_answers
from tests.faults.conftest import SETTINGS, Run
from tests.faults.crashing import relaunch_the_dead
from tests.faults.days import (
    ANSWERS,
    COMMANDS,
    FOREVER,
    INTAKE,
    LETTERS_IN_DOUBT,
    LOADED,
    ORGANISATIONS,
    Days,
    Sender,
    all_ready,
    wait_until_done,
    wait_until_told,
)
from tests.faults.people import gather
from tests.faults.scenario import LANES, WINDOW, Action, nothing
from tests.faults.world import open_world, until

pytestmark = pytest.mark.slow

BETWEEN_MAILS = 0.2  # seconds
BETWEEN_REPORTS = 0.3


@dataclass(frozen=True)
class Day:
    """`failpoints`: service → where it dies this day, in turn; `breaks` after a second, `heals` one later.

    `senders`: how many senders of alerts end with a window under way.
    """

    name: str
    failpoints: Mapping[str, Sequence[str]] = field(default_factory=dict)
    breaks: Action = nothing
    heals: Action = nothing
    senders: int = 0

    def __str__(self) -> str:
        return self.name


def crashes(senders: int, **places: tuple[str, ...]) -> Day:
    """The service with the lanes (`notifications`), the `intake` and `projects` die after these steps."""
    services = {"intake": INTAKE}
    points = {services.get(service, service): after for service, after in places.items()}
    return Day(
        f"a day with a crash after {points['notifications'][0].partition('=')[0]}", points, senders=senders
    )


def kill_all(stack: Stack) -> None:
    for process in stack.processes():
        process.kill()
    stack.broker.kill()


def go_away(stack: Stack) -> None:
    """Those that make events and send have a second process before; the others have none."""
    for service in ("projects", "notifications"):
        stack.add_replica(service)
        stack.service(service).kill()
    stack.service("partners").kill()
    stack.service(INTAKE).stop()


DAYS = (
    crashes(
        1, notifications=("digest.closed=crash@1",), intake=("incoming.kept=crash@2", "wish.recorded=crash@1")
    ),
    crashes(
        1,
        notifications=("digest.marked=crash@1",),
        intake=("acknowledgement.added=crash@2", "delivery.returned=crash@1"),
    ),
    crashes(
        1,
        notifications=("digest.dispatched=crash@1",),
        intake=("address.suppressed=crash@1", "incoming.finished=crash@1"),
    ),
    crashes(
        1,
        notifications=("digest.shared=crash@1",),
        intake=("acknowledgement.claimed=crash@2", "acknowledgement.sent=crash@1"),
        projects=("projects.stored=crash@1",),
    ),
    crashes(
        2,
        notifications=("window.sent=crash@1", "relay.published=crash@1"),
        intake=("acknowledgement.ended=crash@1",),
        projects=("relay.published=crash@1",),
    ),
    Day(
        "all are killed with -9, and the broker",
        breaks=kill_all,
        heals=lambda stack: stack.broker.start(),
        senders=1,
    ),
    Day(
        "the database is killed with -9",
        breaks=lambda stack: stack.database.kill(),
        heals=lambda stack: stack.database.start(),
        senders=1,
    ),
    Day(
        "one of two is killed, the intake told to stop, partners killed",
        breaks=go_away,
        senders=1,
    ),
)


@pytest.fixture(scope="module")
def days(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    """A system of its own: no other scenario should wake up next month."""
    try:
        stack = Stack(tmp_path_factory.mktemp("days"), {**SETTINGS, "REMINDERS_AT": "08:30"})
    except BrokerNotInstalled as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))  # a laptop without it; CI has failed above
    with stack:
        world = open_world(stack, run.table, Days, lambda services: gather(services, ORGANISATIONS))
        world.lmtp_port = stack.start_intake()
        yield world


@pytest.mark.timeout(240)
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_day(days: Days, day: Day) -> None:
    """The morning's digests and reminders come, what people answer is done and said, what comes back counts,
    and the alert after it finds everybody as they wished."""
    stack, yesterday = days.stack, [c for several in days.changes.values() for c in several]
    team = days.assemble()
    alert = days.report([team.first])
    days.settle([days.change(each) for each in alert])
    days.enter_deadline()
    load, mails = days.load(days.plan(LOADED, COMMANDS), BETWEEN_REPORTS), days.mails_of(team)
    days.expect_of(team)

    days.morning(day.failpoints)
    load.start()
    sender = Sender(days.lmtp_port, mails, BETWEEN_MAILS)
    sender.start()
    try:
        if day.breaks is not nothing:
            time.sleep(1.0)  # no condition to wait for: the middle of all of it
            day.breaks(stack)
            time.sleep(1.0)
            day.heals(stack)
        else:
            relaunch_the_dead({stack.service(name): places[1:] for name, places in day.failpoints.items()})
    finally:
        all_ready(stack)
        today = [*days.remember(day.name, [*alert, *load.join()]), *days.reminders()]
    sender.finish()
    wait_until_done(days, team)
    today += days.remember(day.name, days.report([team.second]))
    findings = days.conclude(day.name, today)
    wait_until_told(days, yesterday)
    sent = [(of, came) for of, came in days.came if of is team]
    answers = check_answers([came for _, came in sent], days.became(sent))

    assert not findings.faults() and not findings.unfinished, (findings.faults(), findings.unfinished[:3])
    assert not answers.faults(), answers.faults()
    assert len(findings.uncertain) <= day.senders * LANES * WINDOW
    assert len(answers.uncertain) <= LETTERS_IN_DOUBT


@pytest.mark.timeout(240)
def test_in_the_end_every_digest_has_told_each_thing_once(days: Days, run: Run) -> None:
    """When the last weekly digest has gone: all days, counted once more."""
    if not days.teams:
        pytest.fail("no day was played in this run: name one, or run all of tests/faults")
    days.remember("what was overdue is reported", days.report([each.milestone for each in days.deadlines]))
    last = [c for several in days.changes.values() for c in several]
    days.settle(last)
    days.morning({}, days.today + timedelta(days=FOREVER))
    everybody = {contact_id for change in last for contact_id in change.digests}
    until(lambda: not days.waits_for_a_digest(everybody, last), "every digest is told of")

    rows = {name: days.findings(several) for name, several in days.changes.items()}
    rows["digests"] = days.digest_findings(last)
    for name, kinds in (("answers", ANSWERS.keys()), ("bounces, complaints", {"bounce", "complain"})):
        sent = [(team, came) for team, came in days.came if came.kind in kinds]
        rows[name] = check_answers([came for _, came in sent], days.became(sent))
    run.table.rows |= rows
    faults = {name: found.faults() for name, found in rows.items() if found.faults() or found.unfinished}
    assert not faults, (faults, [found.unfinished[:3] for found in rows.values()])
