"""One thing that breaks under a steady load, heals, and must leave no trace in what people were told."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from shared.config import Settings
from shared.testing.mailbox import Fault
from shared.testing.stack import Stack
from tests.faults.checker import Findings
from tests.faults.load import PACE
from tests.faults.world import World, until

REPORTED = 6  # milestones for a scenario, unless it says otherwise
MAILS_BEFORE = 20  # that the mail server has taken when the break comes: everything is under way
WINDOW = 5  # messages under way on one connection
LANES = Settings.mail_lanes
# The message is kept and the answer comes a little later, as from a server far away: mails are then under
# way when something breaks.
FAR_AWAY = Fault("stored", freeze=0.008)

Action = Callable[[Stack], object]


def nothing(stack: Stack) -> None:
    """Heals by itself."""


@dataclass(frozen=True)
class Scenario:
    """`breaks` in the middle of the load, `heals` after `lasts` seconds; both get the stack.

    `prepares` comes before the load, and the break when the mail server has taken `after` mails of it.
    `crashes`: how many senders may end with a window under way; `doubts`: how many further deliveries the
    break may leave uncertain; `puts_off`: the mail server's answers make deliveries wait longer than the
    scenario does, so that they are looked at in the end; `refused`: addresses that the mail server refuses
    for good. `reported` milestones, one each `pace` seconds, are the load.
    """

    name: str
    breaks: Action
    heals: Action = nothing
    lasts: float = 1.0
    prepares: Action = nothing
    after: int = MAILS_BEFORE
    crashes: int = 0
    doubts: int = 0
    puts_off: bool = False
    refused: tuple[str, ...] = ()
    reported: int = REPORTED
    pace: float = PACE

    def __str__(self) -> str:
        return self.name

    @property
    def most_uncertain(self) -> int:
        """One window for each connection of each sender that ended, and what the mail server left open."""
        return self.crashes * LANES * WINDOW + self.doubts


def play(world: World, scenario: Scenario) -> Findings:
    """Report, break, heal, wait until all is at rest; what the checker finds."""
    stack, load = world.stack, world.load(world.plan(scenario.reported), scenario.pace)
    scenario.prepares(stack)
    stack.mailbox.misbehave(FAR_AWAY)
    enough = len(world.taken()) + scenario.after
    load.start()
    try:
        until(lambda: len(world.taken()) >= enough, "mails are under way")
        scenario.breaks(stack)
        time.sleep(scenario.lasts)  # no condition to wait for: so long it is broken
    finally:
        scenario.heals(stack)
        stack.mailbox.behave()
        accepted = world.remember(scenario.name, load.join(), scenario.refused)
    return world.conclude(scenario.name, accepted)


def judge(scenario: Scenario, findings: Findings) -> None:
    """The gate."""
    faults, uncertain, unfinished = findings.faults(), len(findings.uncertain), findings.unfinished[:3]
    assert not faults, faults
    assert uncertain <= scenario.most_uncertain
    assert scenario.puts_off or not unfinished, unfinished
