"""What Prometheus learns about requests, and the line that the log gets of each."""

from __future__ import annotations

import structlog
from prometheus_client import Histogram

REQUESTS = Histogram(
    "prasan_http_request_seconds",
    "Time from the first byte of a request until its answer is ready",
    ("method", "route", "status"),
)

_log = structlog.get_logger("http")


def observe(method: str, route: str, status: int, seconds: float, caller: str, trace: str) -> None:
    """Counts and logs one request: never its query, its body or its headers."""
    REQUESTS.labels(method, route, str(status)).observe(seconds)
    _log.info(
        "request",
        method=method,
        route=route,
        status=status,
        ms=round(seconds * 1000, 2),
        caller=caller,
        trace=trace,
    )
