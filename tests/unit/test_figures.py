"""What is looked up when Prometheus asks, and what happens where it cannot be."""

from __future__ import annotations

from types import SimpleNamespace

import eventlet
import pytest
from prometheus_client import REGISTRY
from pymongo.errors import ServerSelectionTimeoutError

from shared.errors import DependencyDown
from shared.messaging import figures


class Counting:
    """An extension with a figure."""

    def __init__(self, error: Exception | None = None, seconds: float = 0) -> None:
        self.error, self.seconds, self.asked = error, seconds, 0

    def look_up_figures(self) -> None:
        self.asked += 1
        eventlet.sleep(self.seconds)
        if self.error:
            raise self.error


def answers() -> float | None:
    return REGISTRY.get_sample_value("prasan_database_answers")


def test_every_extension_that_has_figures_is_asked() -> None:
    """Others are left alone."""
    some, more = Counting(), Counting()
    figures.look_up(SimpleNamespace(extensions=[some, object(), more]))

    assert (some.asked, more.asked, answers()) == (1, 1, 1)


@pytest.mark.parametrize(
    "error", [DependencyDown("database", "silent"), ServerSelectionTimeoutError("no server")]
)
def test_a_database_that_is_down_is_a_figure_too(error: Exception) -> None:
    """Prometheus still gets all the others."""
    figures.look_up(SimpleNamespace(extensions=[Counting(error)]))

    assert answers() == 0


def test_a_slow_database_does_not_make_prometheus_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its patience is ten seconds, for everything."""
    monkeypatch.setattr(figures, "SLOWEST", 0.05)
    figures.look_up(SimpleNamespace(extensions=[Counting(seconds=5)]))

    assert answers() == 0
