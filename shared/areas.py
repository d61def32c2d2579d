"""The province, its 8 districts and 51 sub-districts, by their official codes.

A code contains its parents: 51 is the province, 5101 a district of it, 510112 a sub-district of that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROVINCE = "51"
_FILE = Path(__file__).parent / "data" / "lamphun-areas.json"


@dataclass(frozen=True)
class Area:
    """A place with its official code and its name in both languages."""

    code: str
    name_th: str
    name_en: str

    @property
    def level(self) -> str:
        return {2: "province", 4: "district", 6: "subdistrict"}[len(self.code)]

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_th


@cache
def areas() -> dict[str, Area]:
    """Every area by its code."""
    source = json.loads(_FILE.read_text(encoding="utf-8"))
    districts = source["districts"]
    entries = [source["province"], *districts, *(s for d in districts for s in d["subdistricts"])]
    return {e["code"]: Area(e["code"], e["name_th"], e["name_en"]) for e in entries}


def subdistricts() -> tuple[str, ...]:
    """The codes of all 51 sub-districts, in official order."""
    return tuple(code for code in areas() if len(code) == 6)


def ancestors(code: str) -> tuple[str, ...]:
    """The area itself and what it lies in, smallest first: 510112 → 510112, 5101, 51."""
    return tuple(code[:length] for length in range(len(code), 1, -2))


def within(code: str) -> tuple[str, ...]:
    """The area itself and everything that lies in it."""
    return tuple(other for other in areas() if other.startswith(code))


def meeting(codes: Iterable[str]) -> frozenset[str]:
    """Every area that somebody could ask for and thereby hear of an event in `codes`.

    Who asks for a district hears of its sub-districts and of what concerns the whole province; who
    asks for a sub-district hears of what concerns its district. No code at all means the province.
    """
    named = tuple(codes) or (PROVINCE,)
    return frozenset(area for code in named for area in (*ancestors(code), *within(code)))


def covered_subdistricts(codes: Iterable[str]) -> frozenset[str]:
    """The sub-districts that these areas cover."""
    return frozenset(area for code in codes for area in within(code) if len(area) == 6)
