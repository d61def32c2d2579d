"""Taking a report back within the hold: nobody hears of it, and the ledger says why."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from prasan.demo.province import Province
from prasan.services import ServiceRefused
from shared.testing.service import ServiceProcess
from tests.e2e.world import QUIET, World, counts

HOLD = 5  # seconds


@pytest.fixture(scope="module")
def patient(province: Province) -> Iterator[Province]:
    """The same province, with projects served by a process that gives everybody time to think again."""
    stack = province.stack
    environment = {**stack.environment("projects"), "HOLD_SECONDS": str(HOLD)}
    process = ServiceProcess("projects", environment, stack.run_dir, replica=9)
    process.start()
    other = Province(stack, loaded=province.loaded)
    for subject in ("phimchai", "demo"):
        other.as_(subject).urls["projects"] = process.url
    yield other
    process.stop()


@pytest.fixture
def world(patient: Province) -> World:
    return World(patient)


def test_a_recalled_report_reaches_nobody(world: World) -> None:
    """Recalled within the hold: no mail, the milestone is as before, and the outcome says superseded."""
    project = world.project()
    sponsor = world.sponsor(project)
    answer = world.report(project.milestones[0], "reach")
    recalled = world.report(project.milestones[0], "recall")
    assert recalled["status"] == "planned" and recalled["reached_on"] is None
    outcome = world.settled(project.milestones[0], answer["event_id"])
    assert outcome["recalled"] and counts(outcome) == {"superseded": 1}
    time.sleep(HOLD + QUIET)
    assert world.mails(sponsor) == []


def test_a_report_made_again_after_a_recall_is_told_once(world: World) -> None:
    """Reached by mistake, recalled, reached again: one mail, of the second report."""
    project = world.project()
    sponsor = world.sponsor(project)
    world.report(project.milestones[0], "reach")
    world.report(project.milestones[0], "recall")
    answer = world.report(project.milestones[0], "reach", reached_on="2026-11-20")
    (mail,) = world.wait_for_mails(sponsor, 1)
    assert "20 พฤศจิกายน 2569" in mail.body()
    assert counts(world.settled(project.milestones[0], answer["event_id"])) == {"accepted": 1}


def test_after_the_hold_a_recall_is_refused(world: World) -> None:
    """Too late: 409 hold-passed; a correction is the way."""
    project = world.project()
    sponsor = world.sponsor(project)
    world.report(project.milestones[0], "reach")
    time.sleep(HOLD)
    with pytest.raises(ServiceRefused) as refused:
        world.report(project.milestones[0], "recall")
    assert refused.value.status == 409 and refused.value.code == "hold-passed"
    world.wait_for_mails(sponsor, 1)
