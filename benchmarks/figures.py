"""From raw seconds and rates to the figures that are promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` (0 to 1) of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(part * 1000) * len(ordered) // 1000) - 1))]


def spread(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    return {f"p{int(part * 100)}": round(percentile(values, part) * 1000, 2) for part in (0.5, 0.95, 0.99)}


def ratio(mine: Sequence[float], theirs: Sequence[float]) -> float:
    """Median over median."""
    return round(median(mine) / median(theirs), 3)


def summary(raw: Mapping[str, Any]) -> dict[str, float]:
    """The keys that stand at the top of the results file."""
    fanout = raw["fanout"]
    peers = max(median(fanout["celery"]), median(fanout["post_office"]))
    audience = raw["audience_ms"]
    memory = raw["memory_mb"]
    return {
        "fanout_mails_per_s": round(median(fanout["prasan"])),
        "fanout_vs_fastest_peer": round(median(fanout["prasan"]) / peers, 2),
        "fanout_vs_floor": ratio(fanout["prasan"], fanout["floor"]),
        "fanout_2_replicas": ratio(raw["replicas"]["2"], raw["replicas"]["1"]),
        "fanout_3_replicas": ratio(raw["replicas"]["3"], raw["replicas"]["1"]),
        "latency_p95_ratio": round(
            raw["latency_ms"]["prasan"]["p95"] / raw["latency_ms"]["bare_kombu"]["p95"], 2
        ),
        "audience_growth_100k": round(audience[max(audience, key=int)] / audience["1000"], 2),
        "max_rss_mb": round(max(max(run.values()) for run in memory), 1),
        "rss_growth": round(max(memory[-1][s] / memory[0][s] for s in memory[0]), 3),
    }
