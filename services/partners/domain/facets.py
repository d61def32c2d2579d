"""Subscriptions and events meet in match keys: equal text on both sides means that they meet.

A subscription stores one key for each combination of its values, `*` for a facet that it leaves open;
an event asks for every key that generalises it. Looking up costs by the keys asked for and by the
subscriptions that meet, never by the subscriptions that exist.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import product
from math import prod

FACETS = ("project", "programme", "mission", "area", "sector", "event_type")
ANY = "*"
SEPARATOR = "|"  # no facet value holds it: shared.http's Identifier refuses it
LARGEST_KEYS = 500

Facets = Mapping[str, Collection[object]]


def values_of(facets: Facets, facet: str) -> tuple[str, ...]:
    """The facet's values as text, each once, in the order given."""
    return tuple(dict.fromkeys(str(value) for value in facets.get(facet) or ()))


def key_count(asked: Facets) -> int:
    """How many match keys a subscription to these facets needs."""
    return prod(len(values_of(asked, facet)) or 1 for facet in FACETS)


def match_keys(asked: Facets) -> list[str]:
    """The keys to store with a subscription: one for each combination of its values."""
    return _keys(values_of(asked, facet) or (ANY,) for facet in FACETS)


def shape(asked: Facets) -> str:
    """Which facets a subscription names, as `--ma--`: an event asks only for shapes that exist."""
    return "".join(facet[0] if values_of(asked, facet) else "-" for facet in FACETS)


def generalisations(happened: Facets, shapes: Iterable[str]) -> list[str]:
    """Every key that a subscription of one of these shapes could have stored for such an event."""
    return [key for form in sorted(set(shapes)) for key in _generalised(happened, form)]


def known_values(happened: Facets) -> dict[str, frozenset[str]]:
    """The event's values as sets of text, made once for many subscriptions."""
    return {facet: frozenset(values_of(happened, facet)) for facet in FACETS}


def met(asked: Facets, known: Mapping[str, frozenset[str]]) -> dict[str, list[object]] | None:
    """Which values of each named facet the event meets, or None where a named facet is not met."""
    named = {facet: asked[facet] for facet in FACETS if asked.get(facet)}
    common = {facet: [v for v in values if str(v) in known[facet]] for facet, values in named.items()}
    return common if all(common.values()) else None


def _generalised(happened: Facets, form: str) -> list[str]:
    named = zip(FACETS, form, strict=True)
    return _keys((ANY,) if letter == "-" else values_of(happened, facet) for facet, letter in named)


def _keys(choices: Iterable[tuple[str, ...]]) -> list[str]:
    return [SEPARATOR.join(combination) for combination in product(*choices)]
