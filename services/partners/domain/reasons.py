"""Reasons: why one contact is told, by which of its organisations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.partners.domain import facets
from services.partners.domain.occasion import Occasion
from services.partners.domain.relevance import RELEVANCE

MOST_REASONS = 50  # of one contact in one audience, so that a page stays a message
JPPCC = "jppcc"


@dataclass(frozen=True)
class Partner:
    """An organisation, as far as a reason names it."""

    id: str
    name: Mapping[str, Any]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Engagement:
    """A partner's role in the occasion's project: with empty `milestones` and `areas`, in all of it."""

    partner_id: str
    role: str
    milestones: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    contact_id: str | None = None
    pledge: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Subscription:
    """A partner's interest."""

    partner_id: str
    facets: Mapping[str, Sequence[object]]


@dataclass(frozen=True)
class Reason:
    """One reason; `contact_id` is set where it is one person's and not the whole organisation's."""

    code: str
    partner: Partner
    contact_id: str | None = None
    pledge: Mapping[str, Any] | None = None
    facets: Mapping[str, Any] | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        return self.partner.kinds

    def to_dict(self) -> dict[str, Any]:
        """The reason as the contract of an audience page has it."""
        return {
            "code": self.code,
            "partner_id": self.partner.id,
            "partner": dict(self.partner.name),
            "kinds": list(self.partner.kinds),
            "pledge": dict(self.pledge) if self.pledge else None,
            "facets": dict(self.facets) if self.facets is not None else None,
        }


@dataclass(frozen=True)
class Matches:
    """What was found for an occasion, still without its people.

    `seats` are the partners that sit on the jppcc for one of its missions.
    """

    partners: Mapping[str, Partner]
    engagements: Sequence[Engagement] = ()
    seats: Sequence[str] = ()
    subscriptions: Sequence[Subscription] = ()


def reasons_by_partner(occasion: Occasion, matches: Matches) -> dict[str, list[Reason]]:
    """Every reason for which a partner's people hear of this, roles first.

    A partner that is not among `matches.partners` has ended and gives no reason.
    """
    accepted = RELEVANCE[occasion.event_type].on(occasion.steps)
    found: dict[str, list[Reason]] = {}
    for partner_id, reason in _all_reasons(occasion, matches):
        if reason.code in accepted and reason not in found.setdefault(partner_id, []):
            found[partner_id].append(reason)
    return found


def in_scope(engagement: Engagement, occasion: Occasion) -> bool:
    """Whether the milestone and the area are part of what the partner takes part in."""
    milestone_meets = not engagement.milestones or occasion.milestone_id in engagement.milestones
    area_meets = not engagement.areas or bool(occasion.meeting_areas() & set(engagement.areas))
    return milestone_meets and area_meets


def _all_reasons(occasion: Occasion, matches: Matches) -> Iterable[tuple[str, Reason]]:
    known = matches.partners
    for e in matches.engagements:
        if e.partner_id in known and in_scope(e, occasion):
            yield e.partner_id, Reason(e.role, known[e.partner_id], e.contact_id, e.pledge)
    for partner_id in matches.seats:
        if partner_id in known:
            yield partner_id, Reason(JPPCC, known[partner_id])
    happened = facets.known_values(occasion.facets())
    for s in matches.subscriptions:
        common = facets.met(s.facets, happened)
        if s.partner_id in known and common is not None:
            yield s.partner_id, Reason("subscriber", known[s.partner_id], facets=common)
