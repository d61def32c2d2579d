"""Withdrawal of a lawful basis, and the timer that keeps nobody longer than the law allows."""

from __future__ import annotations

import structlog
from nameko.timer import timer

from services.partners.schemas.contacts import ContactSchema
from services.partners.schemas.withdrawals import Withdrawal
from services.partners.service.contacts import CONTACT, shown_to
from services.partners.service.requests import KEEPERS, WithUseCases, answer_of, order_of
from shared.http import Answer, Request, endpoint
from shared.mongo import DEPENDENCY_DOWN

EVERY = 600  # seconds

log = structlog.get_logger(__name__)


class RetentionEndpoints(WithUseCases):
    """For whoever answers a person's request."""

    @endpoint(
        "POST",
        f"{CONTACT}/withdraw",
        roles=KEEPERS,
        body=Withdrawal,
        answer=ContactSchema,
        if_match=True,
        idempotent=True,
    )
    def withdraw_basis(self, request: Request, contact_id: str) -> Answer:
        """The person takes back the basis of a purpose, or objects to it; asked again, the same answer."""
        purpose, at = request.body["purpose"], request.body["at"]
        record = self.use_cases.consenting.withdraw(
            contact_id, request.if_match or 0, purpose, at, order_of(request)
        )
        return answer_of(shown_to(request.caller, record))

    @timer(EVERY)
    def keep_no_longer(self) -> None:
        """Tells what lapsed, erases what was kept long enough."""
        try:
            self.use_cases.retaining.sweep()
        except DEPENDENCY_DOWN as error:
            log.warning("retention_waits", cause=type(error).__name__)
