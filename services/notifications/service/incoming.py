"""Endpoints of the mail that came back: what became of it, and once more what could not be read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields

from services.notifications.intake.storage.viewing import IncomingView
from shared.http import Answer, Request, endpoint
from shared.http.fields import Identifier, Instant
from shared.http.pagination import PageQuery, page, page_schema

OPERATORS = frozenset({"operator"})


class IncomingQuery(PageQuery):
    outcome = Identifier(load_default=None)
    cause = Identifier(load_default=None)
    contact = Identifier(load_default=None)


class IncomingSchema(Schema):
    """A mail that came back; `outcome` is null until it is handled."""

    id = Identifier(required=True)
    state = fields.String(required=True)
    outcome = fields.String(allow_none=True)
    cause = fields.String(allow_none=True)
    source = fields.String(required=True)
    size = fields.Integer(required=True)
    received_at = Instant(required=True)
    handled_at = Instant(allow_none=True)
    contact_id = fields.String(allow_none=True)
    delivery_id = fields.String(allow_none=True)
    project_id = fields.String(allow_none=True)


class IncomingDetail(IncomingSchema):
    raw = fields.String(required=True, metadata={"description": "the mail as it came, in base 64"})


class IncomingEndpoints:
    """For operators: these are people's letters."""

    database: Any

    @endpoint("GET", "/v1/incoming", roles=OPERATORS, query=IncomingQuery, answer=page_schema(IncomingSchema))
    def incoming(self, request: Request) -> Answer:
        """What came back and what became of it, as `?outcome=unreadable` or `?outcome=unmatched`."""
        query = dict(request.query)
        after, limit = query.pop("after"), query.pop("limit")
        wanted = {"contact_id": query.pop("contact"), **query}
        return Answer(page(IncomingView(self.database).page(wanted, after, limit + 1), limit))

    @endpoint("GET", "/v1/incoming/<incoming_id>", roles=OPERATORS, answer=IncomingDetail)
    def one_incoming(self, request: Request, incoming_id: str) -> Answer:
        """One of them, with the mail as it came."""
        return Answer(IncomingView(self.database).get(incoming_id))

    @endpoint(
        "POST",
        "/v1/incoming/<incoming_id>/handle",
        roles=OPERATORS,
        answer=IncomingDetail,
        status=202,
        idempotent=True,
    )
    def handle_incoming(self, request: Request, incoming_id: str) -> Answer:
        """Handles it once more; what it did already is not done twice."""
        return Answer(IncomingView(self.database).again(incoming_id, datetime.now(UTC)))
