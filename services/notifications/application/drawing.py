"""Rate limits: a claim draws what it wants to send from counters that replicas share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from services.notifications.application.planning import Errand, Plan
from services.notifications.application.ports import Counters
from services.notifications.domain import states
from services.notifications.domain.claiming import Decision, decided
from services.notifications.domain.contacts import domain_of
from services.notifications.domain.rates import Allowance, Limits, granted


class Drawing:
    """Cuts a plan down to what the limits allow."""

    def __init__(self, counters: Counters, limits: Limits) -> None:
        self._counters = counters
        self._limits = limits

    def draw(self, plan: Plan, now: datetime) -> None:
        """Keep the errands that may go; put the others off until their counter starts anew."""
        wants: Counter[Allowance] = Counter()
        allowances = self._allowances(plan.errands, now)
        for of_errand in allowances:
            wants.update(of_errand)
        left = {allowance: self._take(allowance, wanted) for allowance, wanted in wants.items()}
        kept = []
        for errand, of_errand in zip(plan.errands, allowances, strict=True):
            exhausted = [allowance for allowance in of_errand if not left[allowance]]
            if exhausted:
                _put_off(plan, errand, max(exhausted, key=lambda allowance: allowance.ends_at))
                continue
            left.update((allowance, left[allowance] - 1) for allowance in of_errand)
            kept.append(errand)
        plan.errands = kept
        self._give_back(left)

    def unspent(self, errands: Sequence[Errand], now: datetime) -> None:
        """Give back what was drawn for mails that were not offered to the server after all."""
        unused: Counter[Allowance] = Counter()
        for of_errand in self._allowances(errands, now):
            unused.update(of_errand)
        self._give_back(unused)

    def _allowances(self, errands: Sequence[Errand], now: datetime) -> list[list[Allowance]]:
        """What each errand draws from."""
        domains = [domain_of(errand.contact.address or "") for errand in errands]
        of_domain = {domain: self._limits.allowances(domain, now) for domain in set(domains)}
        return [of_domain[domain] for domain in domains]

    def _take(self, allowance: Allowance, wanted: int) -> int:
        in_all = self._counters.add(allowance.key, wanted, allowance.ends_at)
        allowed = granted(wanted, in_all, allowance.most)
        if allowed < wanted:
            self._counters.add(allowance.key, allowed - wanted, allowance.ends_at)
        return allowed

    def _give_back(self, unused: dict[Allowance, int]) -> None:
        for allowance, amount in unused.items():
            if amount:
                self._counters.add(allowance.key, -amount, allowance.ends_at)


def _put_off(plan: Plan, errand: Errand, exhausted: Allowance) -> None:
    recipient = errand.dispatch.recipients[errand.position]
    decision = Decision(states.PENDING, exhausted.why, exhausted.ends_at)
    plan.recipients[errand.dispatch.id][errand.position] = decided(recipient, decision)
