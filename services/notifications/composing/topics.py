"""What a subscriber asked for, in words: the facets of the subscription that met the event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.notifications.composing.cleaning import clean
from services.notifications.composing.wording import Wording
from shared.areas import areas
from shared.thai import in_language

MOST_TOPICS = 8

Describe = Callable[[list[Any], Mapping[str, Any], Wording], Iterator[str]]


def topics(facets: Mapping[str, Any], data: Mapping[str, Any], words: Wording) -> str:
    """«แผนงานลำพูน ECO TOWN พื้นที่อำเภอเมืองลำพูน»; an empty subscription asked for everything."""
    described = (text for name, values in facets.items() for text in _facet(name, values, data, words))
    named = list(dict.fromkeys(described))
    if len(named) > MOST_TOPICS:
        named = [*named[:MOST_TOPICS], words("topic.more")]
    return words("list.separator").join(named) or words("topic.any")


def _facet(name: str, values: Any, data: Mapping[str, Any], words: Wording) -> Iterator[str]:
    describe = FACETS.get(name.removesuffix("s"))
    if describe and values:
        yield from describe(values if isinstance(values, list) else [values], data, words)


def _project(_: list[Any], __: Mapping[str, Any], words: Wording) -> Iterator[str]:
    yield words("topic.project")


def _programme(_: list[Any], data: Mapping[str, Any], words: Wording) -> Iterator[str]:
    programme = data["project"].get("programme")
    if programme:
        title = clean(in_language(programme["title"], words.language), words("link_removed"))
        yield words("topic.programme", programme=title)
    else:
        yield words("topic.programme.other")


def _mission(values: list[Any], _: Mapping[str, Any], words: Wording) -> Iterator[str]:
    yield words("topic.missions", numbers=", ".join(str(value) for value in values))


def _area(values: list[Any], _: Mapping[str, Any], words: Wording) -> Iterator[str]:
    for area in filter(None, (areas().get(str(value)) for value in values)):
        yield words(f"topic.area.{area.level}", name=area.name(words.language))


def _sector(values: list[Any], _: Mapping[str, Any], words: Wording) -> Iterator[str]:
    keys = (f"topic.sector.{value}" for value in values)
    yield from (words(key) for key in keys if words.has(key))


def _event_type(values: list[Any], _: Mapping[str, Any], words: Wording) -> Iterator[str]:
    keys = (f"topic.event.{str(value).removesuffix('.v1').rsplit('.', 1)[-1]}" for value in values)
    yield from (words(key) for key in keys if words.has(key))


# The facet's name in the singular: subscriptions may write either.
FACETS: Mapping[str, Describe] = {
    "project": _project,
    "programme": _programme,
    "mission": _mission,
    "area": _area,
    "sector": _sector,
    "event_type": _event_type,
    "type": _event_type,
}
