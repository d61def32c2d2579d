"""What came of each step: a line as it ends, the table in the end, and the figures as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

OK, FAILED, NOT_HERE, NO_TIME = "ok", "failed", "not possible here", "no time"
_STYLES = {OK: "green", FAILED: "bold red", NOT_HERE: "yellow", NO_TIME: "yellow"}


@dataclass(frozen=True)
class Line:
    """One step as it went."""

    key: str
    title: str
    verdict: str
    seconds: float
    told: str


def passed(lines: Sequence[Line]) -> bool:
    """Whether anything was done, and nothing of it failed."""
    verdicts = {line.verdict for line in lines}
    return OK in verdicts and FAILED not in verdicts


def show(lines: Sequence[Line], stand_ins: Sequence[str], console: Console | None = None) -> None:
    """The table, and what stood in for what."""
    console = console or Console(file=sys.stdout, width=None if sys.stdout.isatty() else 150)
    table = Table(title="Rehearsal", title_justify="left")
    for name, justify in (
        ("what was checked", "left"),
        ("", "left"),
        ("s", "right"),
        ("what was seen", "left"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]  # rich's own literal type
    for line in lines:
        verdict = f"[{_STYLES[line.verdict]}]{line.verdict}[/]"
        table.add_row(line.title, verdict, f"{line.seconds:.0f}", _one_line(line.told))
    console.print(table)
    counts = {verdict: sum(line.verdict == verdict for line in lines) for verdict in _STYLES}
    console.print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    if stand_ins:
        console.print(f"Stand-ins, since no image registry answers: {', '.join(stand_ins)}")


def store(path: Path, lines: Sequence[Line], figures: Mapping[str, float], stand_ins: Sequence[str]) -> None:
    """All of it as JSON; seconds and megabytes as the names say."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "steps": [vars(line) for line in lines],
        "figures": {name: round(value, 3) for name, value in sorted(figures.items())},
        "stand_ins": list(stand_ins),
    }
    path.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n")


def _one_line(text: str) -> str:
    return escape(" ".join(text.split())[:400])
