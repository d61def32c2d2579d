"""`make bench`: measures Prasan beside its peers in one run, prints a table, stores the figures.

Every figure is a ratio to something measured in the same run; the raw ones are stored beside them.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks import audience, fanout, latency, machine, peers_environment, replicas, reports
from benchmarks.figures import summary

RESULTS = Path(__file__).parent / "results" / "latest.json"
TARGETS = {
    "fanout_mails_per_s": "",
    "fanout_vs_fastest_peer": "≥ 5",
    "fanout_vs_floor": "≥ 0.7",
    "fanout_2_replicas": "",
    "fanout_3_replicas": "",
    "latency_p95_ratio": "≤ 4",
    "audience_growth_100k": "≤ 1.5",
    "max_rss_mb": "< 200",
    "rss_growth": "< 1.1",
}
console = Console()


@click.command()
@click.option("--mails", default=5000, show_default=True, help="Contacts of the fan-out.")
@click.option("--rounds", default=3, show_default=True, help="Rounds of the fan-out beside its peers.")
@click.option("--repeats", default=10, show_default=True, help="Fan-outs after which memory is read again.")
@click.option("--reports", "latencies", default=200, show_default=True, help="Single reports timed.")
@click.option("--largest", default=100_000, show_default=True, help="Contacts in the largest audience.")
def main(mails: int, rounds: int, repeats: int, latencies: int, largest: int) -> None:
    """Measure, print the table and store benchmarks/results/latest.json."""
    began = time.monotonic()
    peers_environment.install()
    raw: dict[str, Any] = {}
    for measured in (
        partial(fanout.measure, mails, rounds, repeats),
        partial(replicas.measure, mails),
        partial(latency.measure, latencies),
        partial(audience.measure, largest),
        reports.measure,
    ):
        part = measured(console)
        console.print(part, style="dim")
        raw |= part
    figures = summary(raw)
    _store(figures, raw)
    _print(figures, raw)
    console.print(f"{time.monotonic() - began:.0f} s; stored in benchmarks/results/latest.json")


def _store(figures: dict[str, float], raw: dict[str, Any]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    measured = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine.description(),
    }
    RESULTS.write_text(json.dumps({**figures, **measured, "raw": raw}, indent=2, ensure_ascii=False) + "\n")


def _print(figures: dict[str, float], raw: dict[str, Any]) -> None:
    table = Table(title="Prasan, measured beside its peers in one run")
    for column in ("figure", "measured", "to reach"):
        table.add_column(column)
    for name, target in TARGETS.items():
        table.add_row(name, str(figures[name]), target)
    for group, values in raw.items():
        table.add_row(group, json.dumps(values, ensure_ascii=False), "", style="dim")
    console.print(table)


if __name__ == "__main__":
    main()
