"""`prasan seed`: loads Lamphun over REST; again as often as one likes."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from prasan.command import SpokenCommand, settings_for_calls, shared_options
from prasan.screen import Screen
from prasan.seed.loading import Loaded, amounts, load
from prasan.seed.reading import Seed, read_seed
from prasan.services import Services
from shared.config import Settings


@click.command(cls=SpokenCommand, help="help.seed")
@shared_options
def seed(screen: Screen) -> None:
    lamphun, settings = read_seed(), settings_for_calls()
    with SeedProgress(screen, amounts(lamphun)) as progress:
        loaded = load(lamphun, lambda subject: signed_as(settings, subject, screen.language), progress.one)
    _report(screen, lamphun, loaded)


def signed_as(settings: Settings, subject: str, language: str = "th") -> Services:
    """The services, signed as this subject with every role."""
    return Services(settings, subject=subject, language=language)


class SeedProgress:
    """A bar for each kind of item, on standard error; without a terminal, one line a kind when it is full."""

    def __init__(self, screen: Screen, amounts: Mapping[str, int]) -> None:
        self._screen, self._amounts = screen, amounts
        self._done: Counter[str] = Counter()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._bars = Progress(*columns, console=screen.err, disable=not screen.err.is_terminal)
        self._tasks = {
            kind: self._bars.add_task(screen.text(f"seed.kind.{kind}"), total=total)
            for kind, total in amounts.items()
        }

    def __enter__(self) -> SeedProgress:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def one(self, kind: str) -> None:
        """One more item of this kind is there."""
        self._done[kind] += 1
        self._bars.advance(self._tasks[kind])
        if not self._screen.err.is_terminal and self._done[kind] == self._amounts[kind]:
            name = self._screen.text(f"seed.kind.{kind}")
            self._screen.advise("seed.loaded", what=name, count=self._amounts[kind])


def _report(screen: Screen, lamphun: Seed, loaded: Loaded) -> None:
    counts = Counter(kind for kind, _ in loaded.ids)
    origins = Counter(figure["provenance"] for figure in figures(dataclasses.asdict(lamphun)))
    screen.show({"loaded": counts, "figures": origins, "ids": _nested(loaded)} if screen.as_json else None)
    screen.say("seed.done", count=sum(counts.values()), style="green")
    screen.say("seed.provenance", source=origins["source"], illustrative=origins["illustrative"])


def _nested(loaded: Loaded) -> dict[str, dict[str, str]]:
    """{kind: {key in the seed: id at the service}}"""
    nested: dict[str, dict[str, str]] = {}
    for (kind, key), identity in loaded.ids.items():
        nested.setdefault(kind, {})[key] = identity
    return nested


def figures(item: Any) -> Iterator[Mapping[str, Any]]:
    """Every figure in the seed, at any depth."""
    if isinstance(item, dict):
        if "provenance" in item and "value" in item:
            yield item
        for value in item.values():
            yield from figures(value)
    elif isinstance(item, list | tuple):
        for value in item:
            yield from figures(value)
