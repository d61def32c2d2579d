"""What must hold across the seed files; each rule is a sentence and yields what breaks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from prasan.seed.reading import Item, Seed
from shared.areas import areas
from shared.contracts.facets import MISSIONS, PARTNER_KINDS, PROVINCE_ROLES

Rule = Callable[[Seed], Iterator[str]]
_RESERVED_DOMAIN = "example.org"  # RFC 2606: never anybody's
_FEWEST_PARTNERS = 25


def broken_rules(seed: Seed) -> list[str]:
    """One line for whatever breaks a rule; empty for a sound seed."""
    return [f"{rule.__name__.replace('_', ' ')}: {finding}" for rule in RULES for finding in rule(seed)]


def keys_are_unique(seed: Seed) -> Iterator[str]:
    for kind in ("programmes", "coordinators", "projects", "indicators", "figures", "partners", "contacts",
                 "subscriptions", "milestones"):  # fmt: skip
        counts = Counter(item["key"] for item in getattr(seed, kind))
        yield from (f"{kind} {key}" for key, count in counts.items() if count > 1)


def every_area_exists(seed: Seed) -> Iterator[str]:
    for kind in ("projects", "partners", "engagements", "subscriptions", "indicators"):
        named = (code for item in getattr(seed, kind) for code in _values(item, "areas"))
        yield from (f"{kind}: {code}" for code in named if code not in areas())


def every_reference_leads_somewhere(seed: Seed) -> Iterator[str]:
    known = {
        "project": _keys(seed.projects),
        "partner": _keys(seed.partners),
        "programme": _keys(seed.programmes),
        "coordinator": _keys(seed.coordinators),
        "indicator": _keys(seed.indicators),
        "contact": _keys(seed.contacts),
    }
    items = [*seed.projects, *seed.indicators, *seed.engagements, *seed.subscriptions, *seed.milestones]
    for name, keys in known.items():
        yield from (f"{name} {key}" for item in items for key in _singles(item, name) if key not in keys)
        yield from (f"{name} {key}" for item in items for key in _facets(item, f"{name}s") if key not in keys)
    yield from (p for c in seed.contacts for p in c["partners"] if p not in known["partner"])


def a_milestone_lies_in_its_project(seed: Seed) -> Iterator[str]:
    for project in seed.projects:
        wrong = (m["key"] for m in project["milestones"] if not m["key"].startswith(project["key"] + "/"))
        yield from wrong
    for engagement in seed.engagements:
        for key in engagement["scope"]["milestones"]:
            if key.split("/")[0] != engagement["project"]:
                yield key


def reached_milestones_are_historic_and_dated(seed: Seed) -> Iterator[str]:
    """Otherwise seeding would raise alerts about the past."""
    for milestone in seed.milestones:
        reached = milestone["status"] == "reached"
        if reached != bool(milestone["reached_on"]) or reached != milestone["historic"]:
            yield milestone["key"]


def historic_projects_have_only_historic_milestones(seed: Seed) -> Iterator[str]:
    for project in seed.projects:
        if project["historic"] and not all(m["historic"] for m in project["milestones"]):
            yield project["key"]


def years_are_gregorian_in_dates_and_buddhist_in_fiscal_years(seed: Seed) -> Iterator[str]:
    for project in seed.projects:
        for milestone in project["milestones"]:
            if not 1990 <= int(milestone["due_date"][:4]) <= 2100:
                yield milestone["key"]


def addresses_are_nobodys_and_unique(seed: Seed) -> Iterator[str]:
    addresses = [c["address"] for c in seed.contacts if c["address"]]
    yield from (a for a in addresses if a.rpartition("@")[2] != _RESERVED_DOMAIN)
    yield from (a for a, count in Counter(addresses).items() if count > 1)


def a_contact_without_address_says_how_it_is_told(seed: Seed) -> Iterator[str]:
    yield from (c["key"] for c in seed.contacts if (c["address"] is None) != bool(c["by_hand"]))


def every_person_is_invented(seed: Seed) -> Iterator[str]:
    yield from (c["key"] for c in (*seed.contacts, *seed.coordinators) if c["provenance"] != "illustrative")


def the_six_missions_stand_in_order(seed: Seed) -> Iterator[str]:
    if tuple(m["number"] for m in seed.missions) != MISSIONS:
        yield "missions"


def partners_are_enough_and_of_all_kinds(seed: Seed) -> Iterator[str]:
    if len(seed.partners) < _FEWEST_PARTNERS:
        yield f"only {len(seed.partners)}"
    found = {kind for partner in seed.partners for kind in partner["kinds"]}
    yield from (kind for kind in PARTNER_KINDS if kind not in found)


def every_partner_has_a_contact(seed: Seed) -> Iterator[str]:
    spoken_for = {partner for contact in seed.contacts for partner in contact["partners"]}
    yield from (key for key in _keys(seed.partners) if key not in spoken_for)


def every_open_project_has_a_province_role(seed: Seed) -> Iterator[str]:
    held = {e["project"] for e in seed.engagements if e["role"] in PROVINCE_ROLES}
    yield from (p["key"] for p in seed.projects if not p["historic"] and p["key"] not in held)


RULES: tuple[Rule, ...] = (
    keys_are_unique,
    every_area_exists,
    every_reference_leads_somewhere,
    a_milestone_lies_in_its_project,
    reached_milestones_are_historic_and_dated,
    historic_projects_have_only_historic_milestones,
    years_are_gregorian_in_dates_and_buddhist_in_fiscal_years,
    addresses_are_nobodys_and_unique,
    a_contact_without_address_says_how_it_is_told,
    every_person_is_invented,
    the_six_missions_stand_in_order,
    partners_are_enough_and_of_all_kinds,
    every_partner_has_a_contact,
    every_open_project_has_a_province_role,
)


def _keys(items: Any) -> set[str]:
    return {item["key"] for item in items}


def _values(item: Any, name: str) -> Iterator[Any]:
    """Every element of every list called `name`, at any depth."""
    if isinstance(item, dict):
        yield from item.get(name) or ()
        for value in item.values():
            yield from _values(value, name)
    elif isinstance(item, list):
        for value in item:
            yield from _values(value, name)


def _singles(item: Item, name: str) -> Iterator[str]:
    if isinstance(item.get(name), str):
        yield item[name]
    for criterion in item.get("criteria", ()):
        if name == "indicator":
            yield criterion["indicator"]


def _facets(item: Item, name: str) -> Iterator[str]:
    yield from item.get("facets", {}).get(name, ())
