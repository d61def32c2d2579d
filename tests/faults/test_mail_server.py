"""The mail server refusing, putting off, hanging up and freezing in the middle of the load."""

from __future__ import annotations

import pytest

from shared.testing.mailbox import Fault
from shared.testing.stack import Stack
from tests.faults.people import address
from tests.faults.scenario import FAR_AWAY, Action, Scenario, judge, play
from tests.faults.world import World, until

pytestmark = pytest.mark.slow

TIMES = 3
GONE, TOO_LARGE = address("readers", "mail", 0), address("readers", "mail", 1)


def happens(fault: Fault) -> Action:
    """The fault, until it has happened as often as it says; meanwhile the server is as far away as ever."""

    def breaks(stack: Stack) -> None:
        stack.mailbox.misbehave(fault, FAR_AWAY)
        until(lambda: stack.mailbox.state()["happened"][0] >= (fault.times or 1), f"{fault} has happened")

    return breaks


def refuses_connections(stack: Stack) -> None:
    stack.mailbox.refuse()
    stack.mailbox.misbehave(Fault("mail", cut=True))  # open connections end too


def ends_for_a_while(name: str, fault: Fault) -> Scenario:
    """The server itself is in trouble: nothing counts against any delivery."""
    return Scenario(f"the mail server {name}", breaks=happens(fault), lasts=0.0)


def puts_off(name: str, fault: Fault, doubts: int = 0) -> Scenario:
    """Some deliveries have to wait for their next attempt."""
    return Scenario(f"the mail server {name}", happens(fault), lasts=0.0, doubts=doubts, puts_off=True)


def refuses(name: str, fault: Fault) -> Scenario:
    """One address is refused for good, again and again."""
    return Scenario(f"the mail server {name}", happens(fault), lasts=0.5, refused=(fault.recipient,))


SCENARIOS = (
    puts_off("answers 4xx to a recipient", Fault("rcpt", "451 4.7.1 Try again later", times=TIMES)),
    puts_off("answers 4xx to DATA", Fault("data", "451 4.3.0 Try again later", times=TIMES)),
    puts_off("answers 4xx to a whole message", Fault("dot", "452 4.3.1 No space", times=TIMES)),
    puts_off("cuts off inside DATA", Fault("body", cut=True, times=TIMES), doubts=TIMES),
    puts_off("cuts off after DATA, and did not keep it", Fault("dot", cut=True, times=TIMES), doubts=TIMES),
    puts_off("cuts off after DATA, and kept it", Fault("stored", cut=True, times=TIMES), doubts=TIMES),
    refuses("answers 5xx to a recipient", Fault("rcpt", "550 5.7.1 Not here", recipient=GONE)),
    refuses("answers 5xx to a whole message", Fault("dot", "554 5.6.0 Not this", recipient=TOO_LARGE)),
    ends_for_a_while("answers 4xx to MAIL", Fault("mail", "451 4.3.0 Not now", times=TIMES)),
    ends_for_a_while("says 421 to a recipient", Fault("rcpt", "421 4.3.2 Bye", close=True, times=TIMES)),
    ends_for_a_while("says 421 to a message", Fault("dot", "421 4.3.2 Bye", close=True, times=TIMES)),
    ends_for_a_while("hangs up between two messages", Fault("mail", cut=True, times=TIMES)),
    Scenario(
        "the mail server refuses connections",
        breaks=refuses_connections,
        heals=lambda stack: stack.mailbox.behave(),
        lasts=1.5,
    ),
    Scenario(
        "the mail server is killed with -9 and started again",
        breaks=lambda stack: stack.mailbox.kill(),
        heals=lambda stack: stack.mailbox.start(),
        crashes=1,
        puts_off=True,
    ),
    Scenario(
        "the mail server is frozen for longer than a lease lasts",
        breaks=lambda stack: stack.mailbox.freeze(),
        heals=lambda stack: stack.mailbox.thaw(),
        lasts=6.0,
    ),
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_mail_server(world: World, scenario: Scenario) -> None:
    """Nobody is missed or told twice, but where a message was taken and nobody could say so."""
    judge(scenario, play(world, scenario))
