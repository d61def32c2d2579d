"""Who hears of what, and how: one table, from which the documentation is printed as well."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.contracts.facets import PROVINCE_ROLES


class Told(StrEnum):
    """How the people in an audience are told."""

    AS_CHOSEN = "as the contact chose"
    AT_ONCE = "at once"
    IN_DIGEST = "always in a digest"
    NOBODY = "nobody; the sender learns of it"


@dataclass(frozen=True)
class Step:
    """A day on which time tells somebody; `day` as the documentation says it."""

    day: str
    reasons: frozenset[str]


@dataclass(frozen=True)
class Relevance:
    """One row: the reasons that make somebody relevant, and how they are told.

    With `steps`, a reason counts only on its days: an event that time made names the steps it stands for.
    """

    reasons: frozenset[str]
    told: Told
    steps: Mapping[str, Step] = field(default_factory=dict)

    def on(self, steps: Collection[str]) -> frozenset[str]:
        """The reasons of an event that stands for these steps; all of them where nobody names any, as in a
        preview."""
        if not self.steps or not steps:
            return self.reasons
        return frozenset().union(*(self.steps[name].reasons for name in steps if name in self.steps))


DOERS = frozenset({"sponsor", "implementer"})
CONCERNED = frozenset({"advisor", "beneficiary", "jppcc"})
SUBSCRIBERS = frozenset({"subscriber"})
PROVINCE = frozenset(PROVINCE_ROLES)
TOLD_BEFORE = frozenset({"told_before"})
PARTNERS = DOERS | CONCERNED | SUBSCRIBERS

_COORDINATOR, _IMPLEMENTER = frozenset({"coordinator"}), frozenset({"implementer"})
_DUE_SOON = {
    "due_30": Step("30 days before", _COORDINATOR),
    "due_7": Step("7 days before", _COORDINATOR | _IMPLEMENTER),
    "due_1": Step("1 day before", _COORDINATOR | _IMPLEMENTER),
}
_OVERDUE = {
    "overdue_1": Step("day 1", _COORDINATOR),
    "overdue_8": Step("day 8", frozenset({"head"})),
    "overdue_15": Step("day 15", frozenset({"secretariat"})),
    "overdue_weekly": Step("then weekly", PROVINCE),
}

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
    "milestone.due_soon": Relevance(_COORDINATOR | _IMPLEMENTER, Told.AT_ONCE, _DUE_SOON),
    "milestone.overdue": Relevance(PROVINCE, Told.AT_ONCE, _OVERDUE),
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
    rows = [
        [f"`{name}`", *(_cell(reasons, row) for _, reasons in COLUMNS), row.told.value]
        for name, row in RELEVANCE.items()
    ]
    return "\n".join(_line(cells) for cells in (header, ["---"] * len(header), *rows)) + "\n"


def _cell(reasons: frozenset[str], row: Relevance) -> str:
    """A tick, or which of the column's roles are told on which days."""
    if not row.steps:
        return "✔" if reasons <= row.reasons else "–"
    days = {role: [s.day for s in row.steps.values() if role in s.reasons] for role in sorted(reasons)}
    return "; ".join(f"{role}: {', '.join(told)}" for role, told in days.items() if told) or "–"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
