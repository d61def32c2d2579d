"""The stage: what the demo says, in Thai and below it in English, with or without a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from prasan.screen import catalogue, shown
from shared.errors import PrasanError

_WIDTH_WITHOUT_TERMINAL = 140


class ClaimFailed(PrasanError):
    """Something that the demo says happened did not."""


class Stage:
    """Where the demo speaks. `claims` are those that held."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or _console()
        self.claims: list[str] = []
        self._scenes = 0
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the demo began."""
        return time.monotonic() - self._begun

    def title(self) -> None:
        """What this is."""
        thai, english = _both("demo.title")
        self.console.print(Text(thai, style="bold"))
        self.console.print(Text(english, style="dim"))

    def scene(self, key: str, **params: Any) -> None:
        """A heading."""
        self._scenes += 1
        self.console.print()
        thai, english = _both(f"demo.{key}", **params)
        self.console.print(Text(f"━━ {self._scenes} · {thai}", style="bold cyan"))
        self.console.print(Text(f"     {english}", style="dim"))

    def say(self, key: str, *, style: str = "", **params: Any) -> None:
        """A sentence in both languages."""
        thai, english = _both(f"demo.{key}", **params)
        self._line(Text(thai, style=style))
        self._line(Text(english, style="dim"))

    @contextmanager
    def step(self, key: str, **params: Any) -> Iterator[None]:
        """Something that takes a while: a spinner on a terminal; ✔ and the seconds when it is done."""
        thai, english = _both(f"demo.{key}", **params)
        begun = time.monotonic()
        if self.console.is_terminal:
            with self.console.status(f"{thai} · {english}"):
                yield
        else:
            yield
        line = Text.assemble(("✔ ", "green"), thai, (f" · {english}", "dim"))
        line.append(f" · {time.monotonic() - begun:.1f} s", style="dim")
        self._line(line)

    def claim(self, holds: bool, key: str, **params: Any) -> None:
        """A sentence that must be true: said with ✔, or the demo ends. Raises ClaimFailed."""
        thai, english = _both(f"demo.claim.{key}", **params)
        if not holds:
            raise ClaimFailed(f"{thai} · {english} {params or ''}")
        self.claims.append(thai)
        line = Text.assemble(("✔ ", "bold green"), thai, (f" · {english}", "dim"))
        self._line(line)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Columns are named by catalogue keys `demo.column.<name>`, Thai only, to keep them narrow."""
        table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
        for column in columns:
            table.add_column(_both(f"demo.column.{column}")[0], no_wrap=True, overflow="ellipsis")
        for row in rows:
            table.add_row(*(Text(shown(cell)) for cell in row))
        self.console.print(Padding(table, (0, 0, 0, 2), expand=False))

    def lines(self, texts: Iterable[str], *, indent: int = 4, style: str = "") -> None:
        """Lines as they are."""
        for text in texts:
            self._line(Text(shown(text), style=style), indent)

    def _line(self, line: Text, indent: int = 2) -> None:
        """Never folded here: a terminal does that better with Thai, and a file needs it not."""
        self.console.print(Text(" " * indent).append_text(line), soft_wrap=True)

    def text(self, key: str, language: str = "th", **params: Any) -> str:
        """The text of a key, Thai unless told."""
        return catalogue().text(language, key, **params)


def _both(key: str, **params: Any) -> tuple[str, str]:
    """The Thai and the English text; a param that is a mapping has a value for each language."""
    return _in("th", key, params), _in("en", key, params)


def _in(language: str, key: str, params: Mapping[str, Any]) -> str:
    own = {name: v[language] if isinstance(v, Mapping) else v for name, v in params.items()}
    return catalogue().text(language, key, **own)


def _console() -> Console:
    console = Console(highlight=False)
    if console.is_terminal:
        return console
    return Console(highlight=False, width=_WIDTH_WITHOUT_TERMINAL)
