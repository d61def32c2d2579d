"""The same fan-out with one, two and three processes of notifications: does one more share the work?

No replica is pinned to a processor here, and all of them share the machine with broker, database and mail
server: on a machine with few processors the ratio says that replicas do not get in each other's way, on a
larger one also what they gain.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console

from benchmarks.fanout import send
from benchmarks.sink import Sink
from benchmarks.system import System

MOST = 3
ROUNDS = 2


def measure(mails: int, console: Console) -> dict[str, Any]:
    """Mails a second by number of replicas; each round goes up from one to three."""
    rates: dict[str, list[float]] = {str(count): [] for count in range(1, MOST + 1)}
    with Sink() as sink, System(sink.port, mails) as system:
        system.stack.service("notifications").stop()  # it is pinned
        replicas = [system.stack.add_replica("notifications")]
        send(system, sink, mails)  # caches filled
        for number in range(1, ROUNDS + 1):
            for count in range(1, MOST + 1):
                console.print(f"fan-out with {count} replicas, round {number} of {ROUNDS}")
                _scale(system, replicas, count)
                rates[str(count)].append(send(system, sink, mails))
    return {"replicas": rates}


def _scale(system: System, replicas: list[Any], count: int) -> None:
    """Starts or stops processes until there are `count`."""
    while len(replicas) > count:
        replicas.pop().stop()
    while len(replicas) < count:
        replicas.append(system.stack.add_replica("notifications"))
