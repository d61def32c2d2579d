"""Processes that were started to die at a failpoint."""

from __future__ import annotations

import signal
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from shared.testing.service import ServiceProcess
from tests.faults.world import until


def wait_until_up(processes: Collection[ServiceProcess]) -> None:
    """Ready, or dead already: what was planned may be on the road still, and be the crash."""
    for process in processes:
        until(partial(_is_ready_or_dead, process), f"{process.name} runs")


def relaunch_the_dead(following: Mapping[ServiceProcess, Sequence[str]]) -> None:
    """Starts each again as soon as it has crashed, with the next of its failpoints as long as there is one;
    all of them have to pass all of theirs."""
    left = {process: [*failpoints, ""] for process, failpoints in following.items()}
    until(lambda: not _left_after_another_look(left), f"all of {[p.name for p in left]} crash")


def _is_ready_or_dead(process: ServiceProcess) -> bool:
    return process.ready() or not process.running


def _left_after_another_look(left: dict[ServiceProcess, list[str]]) -> dict[ServiceProcess, list[str]]:
    """Starts whoever has crashed; who has more to pass."""
    for process, failpoints in list(left.items()):
        if not process.running:
            assert process.exit_code == -signal.SIGKILL, process.log_tail()
            process.launch(failpoints.pop(0))
            if not failpoints:
                del left[process]
    return left
