"""What is asked of a subscription: an interest that few enough match keys can express."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.partners.application.engagements import require_partner
from services.partners.application.orders import Order
from services.partners.application.ports import Record, Records, Shapes
from services.partners.domain.facets import FACETS, LARGEST_KEYS, key_count, match_keys, shape
from shared.contracts.envelope import Event
from shared.errors import FieldError, Invalid


class SubscriptionRules:
    """Stores the match keys beside the facets, and the shape before both."""

    kind = "subscription"
    taken: Mapping[str, str] = {}

    def __init__(self, partners: Records, shapes: Shapes) -> None:
        self._partners = partners
        self._shapes = shapes

    def settle(self, before: Record, given: Mapping[str, Any], order: Order, now: datetime) -> Record:
        settled = {"label": None, "facets": {}, **before, **given}
        require_partner(self._partners, settled["partner_id"])
        facets = {facet: _each_once(settled["facets"].get(facet)) for facet in FACETS}
        count = key_count(facets)
        if count > LARGEST_KEYS:
            params = {"count": count, "limit": LARGEST_KEYS}
            raise Invalid(errors=[FieldError("/facets", "too-many-combinations", params)])
        self._shapes.add(shape(facets))
        return {**settled, "facets": facets, "keys": match_keys(facets)}

    def events(self, record: Record, order: Order) -> Sequence[Event]:
        return ()


def _each_once(values: Sequence[Any] | None) -> list[Any]:
    return list(dict.fromkeys(values or ()))
