"""How many milestones a second can be reported over REST by 8 clients, and where the time goes."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.sink import Sink
from benchmarks.system import Milestone, System
from prasan.services import Services
from shared.messaging.topology import SERVICES

CLIENTS = 8
EACH = 25


def measure(console: Console) -> dict[str, Any]:
    """Reports a second, and the processor seconds each part spent meanwhile."""
    with Sink() as sink, System(sink.port, 1) as system:
        console.print(f"{CLIENTS} clients reporting {EACH} milestones each")
        milestones = [[system.new_milestone() for _ in range(EACH)] for _ in range(CLIENTS)]
        system.rest()
        before = _processor_seconds(system)
        began = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(
                pool.map(
                    lambda pair: _report(system, *pair), zip(system.clients(CLIENTS), milestones, strict=True)
                )
            )
        took = time.monotonic() - began
        spent = {name: round(value - before[name], 2) for name, value in _processor_seconds(system).items()}
    return {"reports_per_s": round(CLIENTS * EACH / took, 1), "reports_processor_s": spent}


def _report(system: System, client: Services, milestones: list[Milestone]) -> None:
    for milestone in milestones:
        system.report(milestone, client)


def _processor_seconds(system: System) -> dict[str, float]:
    """User and system time of each process so far (proc(5), fields 14 and 15)."""
    pids = {service: system.stack.service(service).pid for service in SERVICES}
    pids["database"] = system.stack.database.pid
    ticks = {
        name: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        for name, pid in pids.items()
    }
    return {name: (int(user) + int(kernel)) / 100 for name, (user, kernel) in ticks.items()}
