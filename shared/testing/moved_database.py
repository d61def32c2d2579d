"""SecantusDB with a clock that a test may move: `python -m shared.testing.moved_database FILE …`.

Services take the time from their database (`hello.localTime`), so that moving its clock moves theirs, as a
wrong clock would. FILE says by how many seconds; the other arguments are SecantusDB's.
"""

from __future__ import annotations

import sys
import types
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from secantus import commands
from secantus.cli import main


class _LikeDatetime(type):
    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, datetime)


def moved_datetime(file: Path) -> type:
    """A `datetime` whose `now` is as far off as the file says."""

    class Moved(datetime, metaclass=_LikeDatetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + timedelta(seconds=float(file.read_text()))

    return Moved


def run(file: Path) -> int:
    """Serve until told to stop."""
    clock = types.SimpleNamespace(**vars(commands._dt))
    clock.datetime = moved_datetime(file)
    commands._dt = clock
    return int(main())


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv.pop(1))))
