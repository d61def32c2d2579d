"""What is wrong in a spreadsheet, and where: sheet, row and column, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openpyxl.utils import get_column_letter

from prasan.screen import catalogue, shown
from shared.i18n import LANGUAGES

MOST_SHOWN = 200  # of one file: whoever has more mends these first


@dataclass(frozen=True)
class Finding:
    """One thing to mend. `key` stands in the catalogue as `import.error.<key>`; `column` is a number from 1,
    `heading` its heading in both languages; what is 0 or empty is not said."""

    key: str
    sheet: str = ""
    row: int = 0
    column: int = 0
    heading: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """แผ่นงาน ขั้นตอนสำคัญ แถว 7 คอลัมน์ วันครบกำหนด (C): …"""
        place = " ".join(part for part in self._place(language) if part)
        message = catalogue().text(language, f"import.error.{self.key}", **self._params(language))
        return shown(f"{place}: {message}" if place else message)

    def to_dict(self) -> dict[str, Any]:
        place = {"sheet": self.sheet or None, "row": self.row or None, "column": self._letter or None}
        return {"code": self.key, **place, **{language: self.text(language) for language in LANGUAGES}}

    @property
    def _letter(self) -> str:
        return get_column_letter(self.column) if self.column else ""

    def _place(self, language: str) -> tuple[str, ...]:
        words = catalogue()
        heading = self.heading.get(language, "")
        named = words.text(language, "import.place.heading", heading=heading, letter=self._letter)
        return (
            words.text(language, "import.place.sheet", sheet=self.sheet) if self.sheet else "",
            words.text(language, "import.place.row", row=self.row) if self.row else "",
            words.text(language, "import.place.column", column=named if heading else self._letter)
            if self.column
            else "",
        )

    def _params(self, language: str) -> dict[str, Any]:
        """A value that differs by language is given as {"th": …, "en": …}."""
        return {
            name: value[language] if isinstance(value, Mapping) else value
            for name, value in self.params.items()
        }


class Wrong(Exception):
    """What a reader of one cell objects to; the sheet's reader adds the place."""

    def __init__(self, key: str, **params: Any) -> None:
        super().__init__(key)
        self.key, self.params = key, params
