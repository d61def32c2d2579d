"""Figures that only the database knows, looked up when Prometheus asks: any replica's answer is right then,
whichever of them did the work."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import eventlet

from shared.messaging import metrics
from shared.mongo import DEPENDENCY_DOWN

SLOWEST = 2.0  # seconds


@runtime_checkable
class Figures(Protocol):
    """An extension of nameko's that has such figures."""

    def look_up_figures(self) -> None:
        """Sets its gauges. May raise what the database raises."""


def look_up(container: Any) -> None:
    """Every extension's; with the database down they stay as they were, and a gauge of its own says so."""
    answered = True
    try:
        with eventlet.Timeout(SLOWEST):
            for extension in container.extensions:
                if isinstance(extension, Figures):
                    extension.look_up_figures()
    except (*DEPENDENCY_DOWN, eventlet.Timeout):
        answered = False
    metrics.DATABASE_ANSWERS.set(answered)
