"""Finds the audience of an occasion: what matches, whose people they are, and who may be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from services.partners.application.ports import Audiences, Directory
from services.partners.domain.audience import Audience, audience_of
from services.partners.domain.consent import Candidate
from services.partners.domain.facets import generalisations
from services.partners.domain.occasion import Occasion
from services.partners.domain.reasons import Matches, Reason, reasons_by_partner
from services.partners.domain.relevance import RELEVANCE, TOLD_BEFORE


class Resolver:
    """Asks the directory, and leaves every decision to the domain."""

    def __init__(self, directory: Directory, audiences: Audiences) -> None:
        self._directory = directory
        self._audiences = audiences

    def resolve(self, occasion: Occasion, now: datetime) -> Audience:
        """Who is told, with every reason, and who is left out, with why."""
        if not RELEVANCE[occasion.event_type].reasons:
            return Audience()
        by_partner = reasons_by_partner(occasion, self._matches(occasion))
        before = self._told_before(occasion)
        candidates = self._candidates(by_partner.keys(), before.keys(), now)
        return audience_of(occasion, by_partner, candidates, before)

    def _matches(self, occasion: Occasion) -> Matches:
        keys = generalisations(occasion.facets(), self._directory.shapes())
        subscriptions = self._directory.subscriptions(keys)
        engagements = self._directory.engagements(occasion.project_id)
        seats = self._directory.seats(occasion.missions)
        named = {s.partner_id for s in subscriptions} | {e.partner_id for e in engagements} | set(seats)
        return Matches(self._directory.partners(named), engagements, seats, subscriptions)

    def _told_before(self, occasion: Occasion) -> dict[str, list[Reason]]:
        """Who was told of what this corrects, by which organisations."""
        told: dict[str, list[Reason]] = defaultdict(list)
        if RELEVANCE[occasion.event_type].reasons >= TOLD_BEFORE and occasion.concerns:
            for contact_id, reason in self._audiences.told(occasion.concerns):
                told[contact_id].append(reason)
        return {contact_id: _by_partner(reasons) for contact_id, reasons in told.items()}

    def _candidates(
        self, partner_ids: Collection[str], told: Collection[str], now: datetime
    ) -> list[Candidate]:
        """Each once, as it is now; somebody erased meanwhile is nobody."""
        found = {each.id: each for each in self._directory.contacts_of(partner_ids, now)}
        missing = [contact_id for contact_id in told if contact_id not in found]
        return [*found.values(), *self._directory.contacts(missing, now)]


def _by_partner(reasons: Iterable[Reason]) -> list[Reason]:
    """One reason for each organisation, whatever it was told for then."""
    return [
        Reason("told_before", partner)
        for partner in {reason.partner.id: reason.partner for reason in reasons}.values()
    ]
