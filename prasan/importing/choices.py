"""Words that a cell may choose from, in either language or as the code itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from prasan.importing.findings import Wrong
from prasan.screen import catalogue
from shared.areas import Area, areas
from shared.contracts.facets import (
    LANGUAGES,
    MISSIONS,
    PARTNER_KINDS,
    SECTORS,
    VISIBILITIES,
    MilestoneStatus,
)
from shared.contracts.partners import LAWFUL_BASES

_VALUES: Mapping[str, tuple[Any, ...]] = {
    "kind": PARTNER_KINDS,
    "sector": SECTORS,
    "mission": MISSIONS,
    "visibility": VISIBILITIES,
    "language": LANGUAGES,
    "basis": LAWFUL_BASES,
    "project_status": ("planned", "in_progress", "completed"),
    "milestone_status": MilestoneStatus,
    "yes_no": (True, False),
}
_AREA_FORMS = {  # level → how its name is written, the usual way first
    "province": ("จังหวัด{th}", "จ.{th}", "{en} Province"),
    "district": ("อำเภอ{th}", "อ.{th}", "{en} District", "{en}"),
    "subdistrict": ("ตำบล{th}", "ต.{th}", "{en} Sub-district", "{en}"),
}


@dataclass(frozen=True)
class Choices:
    """`name` is that of the list on the sheet of lists."""

    name: str

    def label(self, value: Any, language: str) -> str:
        """The word for a value."""
        if self.name == "area":
            return _area_labels(areas()[value], language)
        key = str(value).lower()
        return catalogue().text(language, f"import.choice.{self.name}.{key}")

    def labels(self, language: str) -> list[str]:
        return [self.label(value, language) for value in self.values]

    @property
    def values(self) -> tuple[Any, ...]:
        return tuple(areas()) if self.name == "area" else _VALUES[self.name]

    def read(self, text: str) -> Any:
        """The value that a word names. Raises Wrong."""
        found = _known(self.name).get(_folded(text))
        if found is None:
            choices = {language: " · ".join(self.labels(language)[:12]) for language in LANGUAGES}
            raise Wrong("unknown-choice", given=text[:60], choices=choices)
        return found


@cache
def _known(name: str) -> dict[str, Any]:
    choices = Choices(name)
    pairs = [(str(value), value) for value in choices.values]
    pairs += [(choices.label(value, language), value) for value in choices.values for language in LANGUAGES]
    if name == "area":
        pairs += _area_names()
    return {_folded(text): value for text, value in pairs}


def _area_labels(area: Area, language: str) -> str:
    form = _AREA_FORMS[area.level][0 if language == "th" else 2]
    return f"{form.format(th=area.name_th, en=area.name_en)} ({area.code})"


def _area_names() -> Iterator[tuple[str, str]]:
    """Every way to write a name that is no other place's too."""
    named: dict[str, set[str]] = defaultdict(set)
    for area in areas().values():
        for form in (*_AREA_FORMS[area.level], "{th}"):
            named[form.format(th=area.name_th, en=area.name_en)].add(area.code)
    return ((text, *codes) for text, codes in named.items() if len(codes) == 1)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
