"""One milestone, one contact: from the report over REST until the mail server accepted the mail."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console

from benchmarks import contenders
from benchmarks.fanout import sample
from benchmarks.figures import spread
from benchmarks.sink import Sink
from benchmarks.system import System


def measure(reports: int, console: Console) -> dict[str, Any]:
    """p50, p95 and p99 in milliseconds, beside bare kombu and smtplib over the same broker."""
    content = sample(console)
    with Sink() as sink, System(sink.port, 1) as system:
        console.print(f"latency of {reports} single reports")
        _taken(system, sink, 10)
        before = system.processor_seconds()
        mine = _taken(system, sink, reports)
        spent = system.spent_since(before)
        theirs = contenders.bare_kombu(content, reports, system.stack.broker.uri())
    return {
        "latency_ms": {"prasan": spread(mine), "bare_kombu": spread(theirs)},
        "latency_processor_s": spent,
    }


def _taken(system: System, sink: Sink, reports: int) -> list[float]:
    """Seconds of each report; the next begins when everything that the one before caused is done."""
    taken = []
    for _ in range(reports):
        milestone = system.new_milestone()
        system.rest()
        before = sink.accepted
        began = time.time()
        system.report(milestone)
        taken.append(sink.wait_for(before + 1, 30) - began)
    return taken
