"""What the CLI puts on the screen: tables and sentences for people, JSON for scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.calendar import BANGKOK
from shared.clock import from_timestamp
from shared.i18n import DEFAULT_LANGUAGE, SHARED_LOCALE, Catalogue
from shared.thai import short_date

LOCALE = Path(__file__).parent / "locale"
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_WIDTH_WITHOUT_TERMINAL = 250
_OBEYED_BY_TERMINALS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def shown(value: object) -> str:
    """The value as text that a terminal shows and never obeys: no control or direction characters."""
    return "" if value is None else _OBEYED_BY_TERMINALS.sub("\ufffd", str(value))


@cache
def catalogue() -> Catalogue:
    """Every sentence of the CLI and the demo, in both languages."""
    return Catalogue(SHARED_LOCALE, LOCALE)


def _console(*, stderr: bool) -> Console:
    """As wide as the terminal; wide enough for any row where there is none."""
    console = Console(stderr=stderr, highlight=False, soft_wrap=True)
    if console.is_terminal:
        return console
    return Console(stderr=stderr, highlight=False, soft_wrap=True, width=_WIDTH_WITHOUT_TERMINAL)


class Screen:
    """Where a command speaks, in one language, to a person or (with `as_json`) to a script.

    Results go to standard output; progress, advice and errors to standard error, so that `--json`
    leaves nothing but JSON on standard output.
    """

    def __init__(self, language: str = DEFAULT_LANGUAGE, *, as_json: bool = False) -> None:
        self.language = language
        self.as_json = as_json
        self.out = _console(stderr=False)
        self.err = _console(stderr=True)

    def text(self, key: str, **params: Any) -> str:
        """A sentence of the catalogue."""
        return catalogue().text(self.language, key, **params)

    def say(self, key: str, *, style: str = "", **params: Any) -> None:
        """One sentence for a person; nothing with `as_json`."""
        if not self.as_json:
            self.out.print(Text(shown(self.text(key, **params)), style=style))

    def advise(self, key: str, *, style: str = "", **params: Any) -> None:
        """A sentence beside the result."""
        self.err.print(Text(shown(self.text(key, **params)), style=style))

    def complain(self, key: str, details: Iterable[str] = (), **params: Any) -> None:
        """What went wrong and what to do, and a line for each detail."""
        self.err.print(Text(f"✘ {shown(self.text(key, **params))}", style="red"))
        for detail in details:
            self.err.print(Text(f"  {shown(detail)}"))

    def show(self, result: Any, table: Table | None = None) -> None:
        """A result: as JSON, or as the table."""
        if self.as_json:
            self.out.print_json(json.dumps(result, ensure_ascii=False, default=str), highlight=False)
        elif table is not None:
            self.out.print(table)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
        """A table whose columns are named by catalogue keys `column.<name>`."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(self.text(f"column.{column}"), overflow="fold")
        for row in rows:
            table.add_row(*(Text(self._cell(cell)) for cell in row))
        return table

    def _cell(self, value: object) -> str:
        """The value as text; an instant as the hour in the province."""
        text = shown(value)
        return self.instant(text) if _INSTANT.fullmatch(text) else text

    def instant(self, text: str) -> str:
        """A timestamp as the hour in the province."""
        local = from_timestamp(text).astimezone(BANGKOK)
        return f"{short_date(local.date(), self.language)} {local:%H:%M:%S}"

    def title(self, text: Mapping[str, Any]) -> str:
        """A bilingual text in the screen's language, Thai where there is no English."""
        return str(text.get(self.language) or text["th"])
