"""The catalogue as a mail's templates and slots ask it: by key, by count, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from shared.i18n import Catalogue

LOCALE = Path(__file__).parents[1] / "locale"


class Wording:
    """Every word of a mail in one language."""

    def __init__(self, catalogue: Catalogue, language: str) -> None:
        self._catalogue = catalogue
        self._fixed: dict[str, str] = {}  # texts without placeholders, since each contact asks for them
        self.language = language

    def __call__(self, key: str, **params: Any) -> str:
        """`mail.{key}` with its placeholders filled."""
        if params:
            return self._catalogue.text(self.language, f"mail.{key}", **params)
        if key not in self._fixed:
            self._fixed[key] = self._catalogue.text(self.language, f"mail.{key}")
        return self._fixed[key]

    def has(self, key: str) -> bool:
        return self._catalogue.has(f"mail.{key}")

    def counted(self, key: str, days: int) -> str:
        """`1 working day` or `5 working days`; `days` without its sign."""
        days = abs(days)
        return self(f"{key}.{'one' if days == 1 else 'many'}", days=days)

    @cached_property
    def openings(self) -> tuple[str, ...]:
        """With which a salutation may open the letter by itself."""
        return self._words("salutation.openings")

    @cached_property
    def monks(self) -> tuple[str, ...]:
        """How the salutations of monks begin."""
        return self._words("salutation.monks")

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Titles of the other language in this one."""
        return dict(pair.split("=", 1) for pair in self._words("salutation.titles"))

    @cached_property
    def kinds_of_organisation(self) -> tuple[str, ...]:
        """Words with which the names of organisations begin."""
        return self._words("yours.kinds")

    def _words(self, key: str) -> tuple[str, ...]:
        return tuple(word for word in self(key).split("|") if word)


@cache
def wording(language: str) -> Wording:
    """One `Wording` for each language for as long as the process lives."""
    return Wording(_catalogue(), language)


@cache
def _catalogue() -> Catalogue:
    return Catalogue(LOCALE)
