"""Reads the seed files and refuses whatever breaks their shape or their rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

from prasan.seed.schemas import SCHEMAS
from shared.errors import PrasanError

Item = Mapping[str, Any]


class SeedError(PrasanError):
    """A seed file breaks its shape or a rule; the text names the file and what is wrong."""


@dataclass(frozen=True)
class Seed:
    """Everything that the demo province consists of, by kind, in the order of its files."""

    missions: Sequence[Item]
    programmes: Sequence[Item]
    coordinators: Sequence[Item]
    projects: Sequence[Item]
    indicators: Sequence[Item]
    figures: Sequence[Item]
    partners: Sequence[Item]
    contacts: Sequence[Item]
    engagements: Sequence[Item]
    subscriptions: Sequence[Item]

    def project(self, key: str) -> Item:
        return self._by_key("projects", key)

    def partner(self, key: str) -> Item:
        return self._by_key("partners", key)

    def coordinator(self, key: str) -> Item:
        return self._by_key("coordinators", key)

    @property
    def milestones(self) -> Sequence[Item]:
        return [milestone for project in self.projects for milestone in project["milestones"]]

    def _by_key(self, kind: str, key: str) -> Item:
        found: Item = {item["key"]: item for item in getattr(self, kind)}[key]
        return found


@cache
def read_seed() -> Seed:
    """The packaged seed, checked for shape. Raises SeedError."""
    return Seed(**{field.name: _read(field.name) for field in fields(Seed)})


def _read(kind: str) -> Sequence[Item]:
    text = files("prasan.seed").joinpath(f"{kind}.json").read_text(encoding="utf-8")
    items: list[Item] = json.loads(text)[kind]
    errors = SCHEMAS[kind](many=True).validate(items)
    if errors:
        raise SeedError(f"{kind}.json: {errors}")
    return items
