"""Who must be told, worked out from the seed alone, so that the demo need not take the system's word."""

from __future__ import annotations

from collections.abc import Iterator

from prasan.seed.reading import Item, Seed
from shared.areas import meeting

_EVENT = "milestone.reached"


def must_be_told(seed: Seed, milestone: str) -> set[str]:
    """The keys of the contacts who must be told that this milestone of a public project is reached."""
    project = seed.project(milestone.partition("/")[0])
    assert project["visibility"] == "public", "other projects are not for everybody"
    concerned = {*_by_role(seed, project, milestone), *_by_seat(seed, project), *_by_interest(seed, project)}
    return {c["key"] for c in seed.contacts if c["key"] in concerned and _may_be_told(c)}


def must_be_told_now(seed: Seed, milestone: str) -> set[str]:
    """Those of them who have said nothing else and are no media, who hear once a week."""
    kinds = {partner["key"]: set(partner["kinds"]) for partner in seed.partners}
    speaks_for = {contact["key"]: contact["partners"] for contact in seed.contacts}
    everybody = must_be_told(seed, milestone)
    return {key for key in everybody if any(kinds[partner] != {"media"} for partner in speaks_for[key])}


def _by_role(seed: Seed, project: Item, milestone: str) -> Iterator[str]:
    for engagement in seed.engagements:
        scope = engagement["scope"]
        here = not scope["areas"] or meeting(project["areas"]) & set(scope["areas"])
        now = not scope["milestones"] or milestone in scope["milestones"]
        if engagement["project"] == project["key"] and here and now:
            one = engagement["contact"]
            yield from [one] if one else _people(seed, engagement["partner"])


def _by_seat(seed: Seed, project: Item) -> Iterator[str]:
    for partner in seed.partners:
        if set(partner["missions"]) & set(project["missions"]):
            yield from _people(seed, partner["key"])


def _by_interest(seed: Seed, project: Item) -> Iterator[str]:
    happened = {
        "projects": {project["key"]},
        "programmes": {project["programme"]},
        "missions": set(project["missions"]),
        "areas": meeting(project["areas"]),
        "sectors": set(project["sectors"]),
        "event_types": {_EVENT},
    }
    for subscription in seed.subscriptions:
        facets = subscription["facets"]
        if all(not facets[name] or set(facets[name]) & values for name, values in happened.items()):
            yield from _people(seed, subscription["partner"])


def _people(seed: Seed, partner: str) -> list[str]:
    return [contact["key"] for contact in seed.contacts if partner in contact["partners"]]


def _may_be_told(contact: Item) -> bool:
    return contact["lawful_basis"] is not None and not contact["unsubscribed"]
