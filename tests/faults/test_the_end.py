"""When everything has healed and nothing waits any more: all changes of the whole run, counted once more."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Run
from tests.faults.world import until

pytestmark = pytest.mark.slow

RETRIES = 100.0  # seconds: a first refusal waits for up to a minute


@pytest.mark.timeout(180)
def test_in_the_end_nobody_was_missed_or_told_twice(run: Run) -> None:
    """Whatever the mail server put off has been told as well, and no late copy came of any scenario."""
    if run.world is None:
        pytest.fail("no scenario was played in this run: name one, or run all of tests/faults")
    world = run.world
    until(lambda: not world.still_to_be_sent(), "nothing waits in the ledger", RETRIES)
    changes = [change for several in world.changes.values() for change in several]
    world.settle(changes)
    world.table.rows |= {name: world.findings(several) for name, several in world.changes.items()}
    faults, unfinished = world.table.total().faults(), world.table.total().unfinished[:3]
    assert not faults, faults
    assert not unfinished, unfinished
    letters = world.dead_letters()
    assert not letters, letters
