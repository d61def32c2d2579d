"""The operator's command against the running system."""

from __future__ import annotations

import json
import time
from typing import Any

from click.testing import CliRunner, Result

from prasan.cli import main
from prasan.demo.province import Province, until
from prasan.demo.scenes import queues_are_empty
from tests.e2e.world import QUIET, SOON, World


def run(province: Province, *arguments: str) -> Result:
    environment = province.stack.operator_environment()
    return CliRunner().invoke(main, [*arguments, "--lang", "en"], env=environment)


def as_json(province: Province, *arguments: str) -> Any:
    result = run(province, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_check_finds_everything_well(province: Province) -> None:
    """On a whole system every line is ✔ and the exit code 0."""
    result = run(province, "check")
    assert result.exit_code == 0, result.output
    assert "✘" not in result.stdout and result.stdout.count("✔") >= 10


def test_check_names_the_service_that_is_down(province: Province) -> None:
    """A service that was stopped is ✘ with what to do; the others stay ✔."""
    process = province.stack.service("partners")
    process.stop()
    try:
        result = run(province, "check")
        assert result.exit_code == 1 and "✘ partners does not answer" in result.stdout
    finally:
        process.start()


def test_deliveries_say_who_was_told_without_an_address(world: World) -> None:
    """Filtered by milestone, event, contact or state; contacts by their ids only."""
    project = world.project()
    sponsor = world.sponsor(project)
    answer = world.report(project.milestones[0], "reach")
    world.wait_for_mails(sponsor)
    world.settled(project.milestones[0], answer["event_id"])
    filters = ("--event", answer["event_id"], "--milestone", project.milestones[0], "--contact", sponsor.id)
    (delivery,) = as_json(world.province, "deliveries", *filters)
    assert delivery["state"] == "accepted" and delivery["contact_id"] == sponsor.id
    for output in (run(world.province, "deliveries", *filters), run(world.province, "deliveries", "--json")):
        assert output.exit_code == 0 and "@example.org" not in output.output
    assert as_json(world.province, "deliveries", *filters, "--state", "failed") == []


def test_pause_stops_all_mail_and_resume_lets_it_go(world: World) -> None:
    """Paused, a report is recorded and nothing sent; resumed, it is sent once."""
    project = world.project()
    sponsor = world.sponsor(project)
    assert run(world.province, "pause").exit_code == 0
    time.sleep(1.2)  # it may go unnoticed for a second
    try:
        world.report(project.milestones[0], "reach")
        time.sleep(3 * QUIET)
        assert world.mails(sponsor) == []
    finally:
        assert run(world.province, "resume").exit_code == 0
    world.wait_for_mails(sponsor, 1)


def test_outbox_shows_each_collection_of_each_service(province: Province) -> None:
    """With the broker up, nothing waits anywhere."""
    rows = until(lambda: _nothing_waits(as_json(province, "outbox")), SOON)
    assert {row["service"] for row in rows} == {"projects", "partners", "notifications"}


def test_an_unknown_dead_letter_is_said_to_be_unknown(province: Province) -> None:
    """Exit 1 and its id, whichever service was asked."""
    result = run(province, "dead-letters", "show", "nothing")
    assert result.exit_code == 1 and "nothing" in result.stderr


def test_reconcile_finds_nothing_missing_on_a_healthy_system(world: World) -> None:
    """Events, audiences and dispatches agree, whatever was said before."""
    project = world.project()
    sponsor = world.sponsor(project)
    answer = world.report(project.milestones[0], "reach")
    world.wait_for_mails(sponsor)
    world.settled(project.milestones[0], answer["event_id"])
    until(lambda: queues_are_empty(world.province), SOON)
    found = as_json(world.province, "reconcile", "--older-than", "0s")
    assert found["gaps"] == [] and found["events"] > 0


def _nothing_waits(rows: list[Any]) -> list[Any]:
    return [] if any(row["waiting"] for row in rows) else rows
