"""The table in the README, made of a stored results file: `python -m benchmarks.quoting FILE`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

_HEADER = ("measured", "Prasan", "beside it, in the same run", "ratio", "to reach")


def as_markdown(measured: Mapping[str, Any]) -> str:
    """A table of five columns."""
    lines = [_HEADER, ("---",) * len(_HEADER), *_rows(measured)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _rows(measured: Mapping[str, Any]) -> list[tuple[str, ...]]:
    raw = measured["raw"]
    fanout = {name: f"{median(rates):,.0f}" for name, rates in raw["fanout"].items()}
    dkim = {name: f"{median(rates):,.0f}" for name, rates in raw["fanout_dkim"].items()}
    mine, bare = raw["latency_ms"]["prasan"], raw["latency_ms"]["bare_kombu"]
    audience = {int(size): milliseconds for size, milliseconds in raw["audience_ms"].items()}
    smallest, largest = min(audience), max(audience)
    first, last = (max(run.values()) for run in (raw["memory_mb"][0], raw["memory_mb"][-1]))
    signed_ratio = median(raw["fanout_dkim"]["prasan"]) / median(raw["fanout_dkim"]["celery"])
    return [
        (
            "one milestone to 5,000 contacts, mails/s",
            fanout["prasan"],
            f"{fanout['floor']}: one smtplib connection, ready-made mails",
            f"{measured['fanout_vs_floor']:.2f}",
            "0.7",
        ),
        (
            "the same",
            fanout["prasan"],
            f"{fanout['post_office']}: django-post_office; {fanout['celery']}: Celery",
            f"{measured['fanout_vs_fastest_peer']:.2f}",
            "5",
        ),
        (
            "the same with DKIM",
            dkim["prasan"],
            f"{dkim['celery']}: Celery",
            f"{signed_ratio:.2f}",
            "",
        ),
        (
            "one report over REST until accepted, ms: p50, p95, p99",
            _spread(mine),
            f"{_spread(bare)}: bare kombu and smtplib",
            f"{measured['latency_p95_ratio']:.1f} (p95)",
            "4",
        ),
        (
            f"audience of 500 among {largest:,} contacts, ms",
            f"{audience[largest]:.0f}",
            f"{audience[smallest]:.0f}: among {smallest:,}",
            f"{measured['audience_growth_100k']:.2f}",
            "1.5",
        ),
        (
            f"memory of the largest service after {len(raw['memory_mb'])} times 5,000, MB",
            f"{last:.0f}",
            f"{first:.0f}: after the first",
            f"{measured['rss_growth']:.2f}",
            "1.1, under 200 MB",
        ),
        ("milestone reports over REST, 8 clients, a second", f"{raw['reports_per_s']:.0f}", "", "", ""),
    ]


def _spread(milliseconds: Mapping[str, float]) -> str:
    return ", ".join(f"{value:.{0 if value >= 20 else 1}f}" for value in milliseconds.values())


if __name__ == "__main__":
    print(as_markdown(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))), end="")
