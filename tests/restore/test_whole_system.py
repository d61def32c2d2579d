"""A system is backed up while it sends, goes on, is destroyed, and comes back: nobody is told twice by it.

One story in the order of its tests.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from shared.messaging.topology import SERVICES
from shared.testing.mailbox import Fault
from shared.testing.stack import Stack
from tests.faults.checker import Change, Taken
from tests.faults.summary import Table
from tests.faults.world import World, open_world, until
from tests.restore.stage import as_json, destroy_and_restore, nothing_waits, run

SLOWLY = Fault("stored", freeze=0.5)  # seconds for each mail: a backup comes in between
QUIET = 3.0  # seconds in which whatever would be sent by itself is sent
ONE = (("reach",),)


@dataclass
class Story:
    """What has happened so far."""

    world: World
    file: Path
    early: list[Change] = field(default_factory=list)  # told before the backup
    late: list[Change] = field(default_factory=list)  # under way during it
    lost: list[Change] = field(default_factory=list)  # reported after it
    taken: list[Taken] = field(default_factory=list)  # when all was destroyed
    answer: Mapping[str, Any] = field(default_factory=dict)  # of the restore

    @property
    def kept(self) -> list[Change]:
        return [*self.early, *self.late]


def everything(world: World) -> Mapping[str, Mapping[str, list[str]]]:
    """service → collection → ids."""
    with world.stack.database.client() as client:
        return {
            service: {
                name: sorted(str(d["_id"]) for d in client[service][name].find({}, {"_id": 1}))
                for name in client[service].list_collection_names()
            }
            for service in SERVICES
        }


@pytest.fixture(scope="module")
def story(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Reported, backed up in the middle of sending, reported on, destroyed, restored and started."""
    world = open_world(stack, Table())
    story = Story(world, tmp_path_factory.mktemp("backups") / "prasan.backup")
    story.early = world.remember("early", world.report(world.plan(2)))
    world.settle(story.early)

    before = len(world.taken())
    stack.mailbox.misbehave(SLOWLY)
    story.late = world.remember("late", world.report(world.plan(5)))
    until(lambda: len(world.taken()) > before + 5, "mails are under way")
    until(lambda: any(_is_settled(world, change) for change in story.late), "some of them are settled")
    result = run(stack, "backup", str(story.file))
    assert result.exit_code == 0, result.output
    stack.mailbox.behave()
    world.settle(story.late)
    story.lost = world.remember("lost", world.report(world.plan(2, ONE)))
    world.settle(story.lost)
    story.taken = list(world.taken())

    story.answer = destroy_and_restore(stack, story.file)
    yield story


def _is_settled(world: World, change: Change) -> bool:
    return any(word.state == "accepted" for word in world.words(change))


def test_the_file_is_its_owners_alone_and_names_nobody(story: Story) -> None:
    """Then it is 0600, compressed, and shows no address to whoever looks at its bytes."""
    assert story.file.stat().st_mode & 0o777 == 0o600
    assert b"example.org" not in story.file.read_bytes()
    assert not story.file.with_name(story.file.name + ".part").exists()


def test_nothing_is_sent_by_itself(story: Story) -> None:
    """Given the restored system runs, nobody gets a mail until an operator says so."""
    world = story.world
    until(lambda: nothing_waits(world.stack), "outboxes are empty")
    world.stack.broker.wait_until_drained()
    time.sleep(QUIET)  # no condition to wait for: nothing must happen

    assert Counter(world.taken()) == Counter(story.taken)


def test_every_delivery_of_before_is_there(story: Story) -> None:
    """Then every change of before the backup has its deliveries, sent or held back, none lost or doubled."""
    world = story.world
    findings = world.findings(story.kept)
    words = [word for change in story.late for word in world.words(change)]
    held = [word for word in words if word.why == "restored"]

    assert not [fault for fault in findings.faults() if not fault.startswith("miscounted")], findings.faults()
    assert held and all(word.state == "held" for word in held)
    assert len(held) < len(words)
    assert story.answer["held"] <= len([w for c in story.kept for w in world.words(c) if w.why == "restored"])
    assert as_json(world.stack, "deliveries", "release", "--dry-run") != []


def test_what_came_after_the_backup_is_unknown(story: Story) -> None:
    """Then reports of after the backup are gone, whole: the milestones and every word about them."""
    lost = tuple(change.event_id for change in story.lost)
    ids = (each for kept in everything(story.world).values() for found in kept.values() for each in found)

    assert [each for each in ids if each.startswith(lost)] == []


def test_no_dead_letters_come_of_it(story: Story) -> None:
    """Whatever was said again was known or understood."""
    assert story.world.dead_letters() == []


def test_release_sends_what_was_held(story: Story) -> None:
    """When an operator lets them go, everybody is told; whoever was told before is counted as in doubt."""
    world = story.world
    held = as_json(world.stack, "deliveries", "release", "--dry-run")
    released = as_json(world.stack, "deliveries", "release", "--yes")["released"]
    world.settle(story.kept)
    findings = world.findings(story.kept)

    assert released == len(held) > 0
    assert findings.faults() == []
    assert findings.unfinished == []
    assert {d["state"] for d in held} == {"held"}


def test_new_reports_go_out_at_once_under_new_ids(story: Story) -> None:
    """Given the same projects, versions go on above all that was ever given: no event id comes twice."""
    world = story.world
    known = {change.event_id for change in (*story.kept, *story.lost)}
    changes = world.remember("new", world.report(world.plan(2, ONE)))
    findings = world.conclude("new", changes)

    assert findings.faults() == [] and not findings.unfinished
    assert known.isdisjoint(change.event_id for change in changes)
