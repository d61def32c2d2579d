"""What the broker was made to forget is found and said again, once."""

from __future__ import annotations

import pytest

from tests.faults.road import intercept, prasan
from tests.faults.world import World, until

pytestmark = pytest.mark.slow

REPORTS = 2
# (service whose queue is emptied, that queue, what is missing then)
FORGOTTEN = [
    ("partners", "partners.audiences", "audience"),
    ("notifications", "notifications.audiences", "deliveries"),
]


@pytest.mark.parametrize(("service", "queue", "missing"), FORGOTTEN, ids=[each[1] for each in FORGOTTEN])
def test_reconciling_brings_through_what_the_broker_forgot(
    world: World, service: str, queue: str, missing: str
) -> None:
    """Events vanish from the queue; `prasan reconcile` names each, has it said again, and all is whole."""
    scenario = f"the broker forgets what was in {queue}"
    planned = world.plan(REPORTS, [("reach",)])
    intercept(world.stack, service, queue, REPORTS, lambda: world.remember(scenario, world.report(planned)))
    changes = world.changes[scenario]
    lost = {change.event_id for change in changes}
    found = until(lambda: _reconciled(world), "old enough to be missed")
    assert {gap["event_id"] for gap in found["gaps"]} == lost
    assert {gap["missing"] for gap in found["gaps"]} == {missing}
    findings = world.conclude(scenario, changes)
    faults = [*findings.faults(), *findings.uncertain]
    assert not faults, faults
    assert not _reconciled(world, "--dry-run")


def _reconciled(world: World, *options: str) -> dict[str, list[dict[str, str]]] | None:
    """What `prasan reconcile` finds among the events of this scenario; None if it finds nothing."""
    found = prasan(world.stack, "reconcile", "--older-than", "1s", "--younger-than", "20s", *options)
    return found if found["gaps"] else None
