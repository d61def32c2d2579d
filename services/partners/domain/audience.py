"""The audience of an occasion: who is told with every reason, and who is left out, with why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.partners.domain.consent import NOT_VISIBLE, Candidate, obstacle
from services.partners.domain.occasion import Occasion
from services.partners.domain.reasons import MOST_REASONS, Reason
from services.partners.domain.relevance import RELEVANCE, TOLD_BEFORE
from services.partners.domain.visibility import visible

ToldBefore = Mapping[str, Collection[Reason]]


@dataclass(frozen=True)
class Relevant:
    """A contact that is told."""

    contact_id: str
    contact_version: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class LeftOut:
    """A contact that somebody would expect to be told, and that is not."""

    contact_id: str
    why: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Audience:
    """Both in the order of their contacts' ids."""

    relevant: Sequence[Relevant] = field(default_factory=tuple)
    left_out: Sequence[LeftOut] = field(default_factory=tuple)


def audience_of(
    occasion: Occasion,
    by_partner: Mapping[str, Sequence[Reason]],
    candidates: Iterable[Candidate],
    told_before: ToldBefore | None = None,
) -> Audience:
    """Decide on each candidate once; one without any reason is in neither part."""
    known = told_before if told_before and RELEVANCE[occasion.event_type].reasons >= TOLD_BEFORE else {}
    decided = [
        _decide(candidate, reasons, occasion)
        for candidate in sorted(candidates, key=lambda c: c.id)
        if (reasons := _reasons(candidate, by_partner, known.get(candidate.id, ())))
    ]
    return Audience(
        [outcome for outcome in decided if isinstance(outcome, Relevant)],
        [outcome for outcome in decided if isinstance(outcome, LeftOut)],
    )


def _reasons(
    candidate: Candidate, by_partner: Mapping[str, Sequence[Reason]], before: Collection[Reason]
) -> tuple[Reason, ...]:
    now = (
        reason
        for partner_id in candidate.partner_ids
        for reason in by_partner.get(partner_id, ())
        if reason.contact_id in (None, candidate.id)
    )
    return (*now, *before)


def _decide(candidate: Candidate, reasons: tuple[Reason, ...], occasion: Occasion) -> Relevant | LeftOut:
    seen = visible(reasons, occasion.visibility)[:MOST_REASONS]
    why = obstacle(candidate, occasion.project_id) if seen else NOT_VISIBLE
    if why is not None:
        return LeftOut(candidate.id, why, reasons[:MOST_REASONS])
    return Relevant(candidate.id, candidate.version, seen)
