"""Who hears of what, and how: one table, from which the documentation is printed as well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.facets import PROVINCE_ROLES


class Told(StrEnum):
    """How the people in an audience are told."""

    AS_CHOSEN = "as the contact chose"
    AT_ONCE = "at once"
    IN_DIGEST = "always in a digest"
    NOBODY = "nobody; the sender learns of it"


@dataclass(frozen=True)
class Relevance:
    """One row: the reasons that make somebody relevant, and how they are told."""

    reasons: frozenset[str]
    told: Told


DOERS = frozenset({"sponsor", "implementer"})
CONCERNED = frozenset({"advisor", "beneficiary", "jppcc"})
SUBSCRIBERS = frozenset({"subscriber"})
PROVINCE = frozenset(PROVINCE_ROLES)
TOLD_BEFORE = frozenset({"told_before"})
PARTNERS = DOERS | CONCERNED | SUBSCRIBERS

COLUMNS = (
    ("sponsor, implementer", DOERS),
    ("advisor, beneficiary, jppcc of the mission", CONCERNED),
    ("subscribers", SUBSCRIBERS),
    ("coordinator, head, secretariat", PROVINCE),
    ("whoever was told before", TOLD_BEFORE),
)

RELEVANCE = {
    "milestone.reached": Relevance(PARTNERS | PROVINCE, Told.AS_CHOSEN),
    "milestone.rescheduled": Relevance(PARTNERS | PROVINCE, Told.AS_CHOSEN),
    "milestone.cancelled": Relevance(PARTNERS | PROVINCE, Told.AT_ONCE),
    "milestone.corrected": Relevance(PARTNERS | PROVINCE | TOLD_BEFORE, Told.AT_ONCE),
    "indicator.measured": Relevance(PARTNERS, Told.IN_DIGEST),
    "project.started": Relevance(PARTNERS, Told.IN_DIGEST),
    "project.completed": Relevance(PARTNERS, Told.IN_DIGEST),
    "milestone.recalled": Relevance(frozenset(), Told.NOBODY),
    "milestone.updated": Relevance(frozenset(), Told.NOBODY),
    "project.updated": Relevance(frozenset(), Told.NOBODY),
}

SUBSCRIBABLE = tuple(name for name, row in RELEVANCE.items() if "subscriber" in row.reasons)
ALERTS = tuple(name for name, row in RELEVANCE.items() if row.told in (Told.AS_CHOSEN, Told.AT_ONCE))
IN_DIGESTS = tuple(name for name, row in RELEVANCE.items() if row.told is Told.IN_DIGEST)


def short_type(event_type: str) -> str:
    """`projects.milestone.reached.v1` → `milestone.reached`, the name that outlives its versions."""
    return event_type.split(".", 1)[-1].rsplit(".", 1)[0]


def full_type(name: str) -> str:
    """The type of the events that projects publishes now; one that is whole already stays as it is."""
    return name if name.startswith("projects.") else f"projects.{name}.v1"


def has_audience(event_type: str, historic: bool) -> bool:
    """Whether such an event gets pages. What is marked historic tells nobody anything."""
    return short_type(event_type) in RELEVANCE and not historic


def as_markdown() -> str:
    """The table as the documentation shows it."""
    header = ["event", *(title for title, _ in COLUMNS), "how"]
    rows = [[f"`{name}`", *_ticks(row), row.told.value] for name, row in RELEVANCE.items()]
    return "\n".join(_line(cells) for cells in (header, ["---"] * len(header), *rows)) + "\n"


def _ticks(row: Relevance) -> list[str]:
    return ["✔" if reasons <= row.reasons else "–" for _, reasons in COLUMNS]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
