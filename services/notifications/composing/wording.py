"""The catalogue as a mail's templates and slots ask it: by key, by count, in one language."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from shared.i18n import Catalogue

LOCALE = Path(__file__).parents[1] / "locale"


class Wording:
    """Every word of a mail in one language."""

    def __init__(self, catalogue: Catalogue, language: str) -> None:
        self._catalogue = catalogue
        self.language = language

    def __call__(self, key: str, **params: Any) -> str:
        """`mail.{key}` with its placeholders filled."""
        return self._catalogue.text(self.language, f"mail.{key}", **params)

    def has(self, key: str) -> bool:
        return self._catalogue.has(f"mail.{key}")

    def counted(self, key: str, days: int) -> str:
        """`1 working day` or `5 working days`; `days` without its sign."""
        days = abs(days)
        return self(f"{key}.{'one' if days == 1 else 'many'}", days=days)

    def words(self, key: str) -> tuple[str, ...]:
        """A list that the catalogue writes with `|` between its words."""
        return tuple(word for word in self(key).split("|") if word)


@cache
def wording(language: str) -> Wording:
    """One `Wording` for each language for as long as the process lives."""
    return Wording(_catalogue(), language)


@cache
def _catalogue() -> Catalogue:
    return Catalogue(LOCALE)
