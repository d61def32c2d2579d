"""Between HTTP and the use cases: a request as an order, a record as an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.partners.application.orders import Key, Order
from services.partners.application.ports import Record
from services.partners.service.wiring import UseCases
from shared.http import Answer, Request
from shared.http.pagination import page

ANYBODY = frozenset({"viewer", "coordinator", "partner_manager", "operator"})
MANAGERS = frozenset({"partner_manager"})
KEEPERS = frozenset({"partner_manager", "operator"})  # of personal data: they see addresses, export, erase
PREVIEWERS = frozenset({"coordinator", "partner_manager", "operator"})
OPERATORS = frozenset({"operator"})


class WithUseCases:
    """What every part of the service has."""

    use_cases: UseCases


def order_of(request: Request) -> Order:
    known = request.idempotency
    key = Key(known.key, known.request_hash) if known else None
    return Order(request.caller.subject, key, request.traceparent)


def answer_of(record: Record, location: str = "") -> Answer:
    """`location` is the path under which what was created stands."""
    headers = {"Location": f"{location}/{record['id']}"} if location else {}
    return Answer(record, version=record["version"], headers=headers)


def page_of(found: list[Record], limit: int) -> Answer:
    return Answer(page(found, limit))


def wanted(query: Mapping[str, Any], **known: Any) -> tuple[dict[str, Any], str | None, int]:
    """(what to look for, after, limit) out of a list's query; `ended` picks what has ended or has not."""
    asked = {**query, **known}
    after, limit = asked.pop("after"), asked.pop("limit")
    if "ended" in asked:
        asked["ended_at"] = {"$ne": None} if asked.pop("ended") else None
    return asked, after, limit
