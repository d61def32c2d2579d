"""Endpoints of the call list: whom a person has to tell, and who was told."""

from __future__ import annotations

from typing import Any

from services.notifications.application.by_hand import Order, Wanted
from services.notifications.schemas import ByHandQuery, ByHandSchema, Told
from shared.http import Answer, Request, endpoint
from shared.http.pagination import page, page_schema

CALLERS = frozenset({"coordinator", "operator"})
TOLD = "/v1/by-hand/<delivery_id>/told"


class ByHandEndpoints:
    """For coordinators, who call."""

    use_cases: Any  # services.notifications.service.wiring.UseCases

    @endpoint("GET", "/v1/by-hand", roles=CALLERS, query=ByHandQuery, answer=page_schema(ByHandSchema))
    def by_hand(self, request: Request) -> Answer:
        """Whom somebody has to tell since they have no address, how to reach them, and what to say."""
        query = dict(request.query)
        after, limit = query.pop("after"), query.pop("limit")
        return Answer(page(self.use_cases.by_hand.call_list(Wanted(**query), after, limit + 1), limit))

    @endpoint("GET", "/v1/by-hand/<delivery_id>", roles=CALLERS, answer=ByHandSchema)
    def one_by_hand(self, request: Request, delivery_id: str) -> Answer:
        """One of them."""
        return _answer(self.use_cases.by_hand.get(delivery_id))

    @endpoint("POST", TOLD, roles=CALLERS, body=Told, answer=ByHandSchema, idempotent=True)
    def told_by_hand(self, request: Request, delivery_id: str) -> Answer:
        """Somebody was told, by whom, when and how; said again, it changes nothing."""
        return _answer(self.use_cases.by_hand.tell(delivery_id, request.body, _order(request)))

    @endpoint("DELETE", TOLD, roles=CALLERS, answer=ByHandSchema, if_match=True)
    def not_told_by_hand(self, request: Request, delivery_id: str) -> Answer:
        """They were not told after all, and stand on the list again."""
        version = request.if_match or 0
        return _answer(self.use_cases.by_hand.undo(delivery_id, version, _order(request)))


def _answer(found: dict[str, Any]) -> Answer:
    return Answer(found, version=found["version"])


def _order(request: Request) -> Order:
    known = request.idempotency
    key, request_hash = (known.key, known.request_hash) if known else (None, "")
    return Order(request.caller.subject, key, request_hash)
