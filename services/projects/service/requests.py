"""Between HTTP and the use cases: a request as an order, a reply as an answer."""

from __future__ import annotations

from typing import Any

from services.projects.application.once import Key, Order
from services.projects.application.ports import Page, Reply
from services.projects.service.wiring import UseCases
from shared.http import Answer, Request

ANYBODY = frozenset({"viewer", "coordinator", "partner_manager", "operator"})
PLANNERS = frozenset({"coordinator", "operator"})
REPORTERS = frozenset({"coordinator"})
OPERATORS = frozenset({"operator"})


class WithUseCases:
    """What every part of the service has."""

    use_cases: UseCases


def order_of(request: Request) -> Order:
    known = request.idempotency
    key = Key(known.key, known.request_hash) if known else None
    return Order(request.caller, key, request.traceparent)


def answer_of(reply: Reply, location: str = "") -> Answer:
    """`location` is the path of what was created."""
    headers = {"Location": location.format(**reply.body)} if location else {}
    return Answer(dict(reply.body), reply.status, reply.version, headers)


def page_of(found: Page[dict[str, Any]]) -> Answer:
    return Answer({"items": list(found.items), "next": found.next})


def everything(items: list[dict[str, Any]]) -> Answer:
    """A short list, in the form of a page."""
    return Answer({"items": items, "next": None})
