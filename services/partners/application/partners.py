"""What is asked of a partner: kinds, and the missions for which a jppcc sits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.partners.application.orders import Order
from services.partners.application.ports import Record
from services.partners.domain.reasons import JPPCC
from shared.contracts.envelope import Event
from shared.errors import FieldError, Invalid


class PartnerRules:
    """A partner that sits on the jppcc says for which missions, and no other partner does."""

    kind = "partner"
    taken: Mapping[str, str] = {}

    def settle(self, before: Record, given: Mapping[str, Any], order: Order, now: datetime) -> Record:
        settled = {"areas": [], "missions": [], **before, **given}
        settled["kinds"] = list(dict.fromkeys(settled["kinds"]))
        settled["missions"] = sorted(set(settled["missions"]))
        sits = JPPCC in settled["kinds"]
        if sits and not settled["missions"]:
            raise Invalid(errors=[FieldError("/missions", "jppcc-needs-missions")])
        if settled["missions"] and not sits:
            raise Invalid(errors=[FieldError("/missions", "only-jppcc-has-missions")])
        return settled

    def events(self, record: Record, order: Order) -> Sequence[Event]:
        return ()
