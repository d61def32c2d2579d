"""A service on a machine whose clock is wrong: `python -m tests.faults.shifted SECONDS MODULE`.

The wall clock is so many seconds ahead, for our own code (which reads it in shared/clock.py only) and for
whoever asks `time`; the monotonic clock runs as ever, as it does on such a machine.
"""

# ruff: noqa: E402 - eventlet patches before any other import
import eventlet

eventlet.monkey_patch()

import runpy
import sys
import time
from datetime import UTC, datetime, timedelta

from shared.clock import SystemClock

if __name__ == "__main__":
    seconds, module = float(sys.argv[1]), sys.argv[2]
    right = time.time
    time.time = lambda: right() + seconds
    SystemClock.now = lambda self: datetime.now(UTC) + timedelta(seconds=seconds)  # type: ignore[method-assign]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
