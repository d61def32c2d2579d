"""How many milestones a second can be reported over REST by 8 clients, and where the time goes."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rich.console import Console

from benchmarks.sink import Sink
from benchmarks.system import Milestone, System
from prasan.services import Services

CLIENTS = 8
EACH = 25


def measure(console: Console) -> dict[str, Any]:
    """Reports a second, and the processor seconds each part spent meanwhile."""
    with Sink() as sink, System(sink.port, 1) as system:
        console.print(f"{CLIENTS} clients reporting {EACH} milestones each")
        milestones = [[system.new_milestone() for _ in range(EACH)] for _ in range(CLIENTS)]
        system.rest()
        before = system.processor_seconds()
        began = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(
                pool.map(
                    lambda pair: _report(system, *pair), zip(system.clients(CLIENTS), milestones, strict=True)
                )
            )
        took = time.monotonic() - began
        spent = system.spent_since(before)
    return {"reports_per_s": round(CLIENTS * EACH / took, 1), "reports_processor_s": spent}


def _report(system: System, client: Services, milestones: list[Milestone]) -> None:
    for milestone in milestones:
        system.report(milestone, client)
