"""Tokens that no longer count, one list a service."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema
from pymongo.errors import DuplicateKeyError

from shared.clock import to_timestamp
from shared.http.answers import Answer
from shared.http.api import Api
from shared.http.endpoint import endpoint
from shared.http.fields import Identifier, Instant, Line
from shared.http.pagination import PageQuery, page, page_schema
from shared.http.request import Request
from shared.http.server import ApiServer


class RevocationRequest(Schema):
    token_id = Identifier(required=True, metadata={"description": "the `jti` of the token"})
    reason = Line(500, load_default=None, allow_none=True)


class Revocation(Schema):
    token_id = Identifier(required=True)
    reason = Line(500, allow_none=True)
    revoked_by = Line(200, required=True)
    revoked_at = Instant(required=True)


class RevocationEndpoints:
    """/v1/revocations"""

    api: Any = Api()

    @endpoint(
        "POST", "/v1/revocations", roles={"operator"}, body=RevocationRequest, answer=Revocation, status=201
    )
    def revoke_token(self, request: Request) -> Answer:
        """From now on this token counts no more here; other replicas learn it within five seconds."""
        server: ApiServer = self.api
        document = {
            "_id": request.body["token_id"],
            "reason": request.body["reason"],
            "revoked_by": request.caller.subject,
            "revoked_at": to_timestamp(server.clock.now()),
        }
        status = 201
        try:
            server.mongo.database.revocations.insert_one(document)
        except DuplicateKeyError:  # the first record of it stands
            status = 200
            document = server.mongo.database.revocations.find_one({"_id": document["_id"]}) or document
        server.revocations.forget()
        return Answer(_shown(document), status=status)

    @endpoint("GET", "/v1/revocations", roles={"operator"}, query=PageQuery, answer=page_schema(Revocation))
    def list_revocations(self, request: Request) -> Answer:
        """Every revoked token, by its id."""
        server: ApiServer = self.api
        after, limit = request.query["after"], request.query["limit"]
        beyond = {"_id": {"$gt": after}} if after else {}
        found = server.mongo.database.revocations.find(beyond).sort("_id", 1).limit(limit + 1)
        return Answer(page([_shown(document) for document in found], limit, "token_id"))


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    return {"token_id": document["_id"], **document}
