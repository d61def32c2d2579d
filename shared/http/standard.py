"""The endpoints that every service has: health, metrics, its own description, revoked tokens."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema
from nameko.extensions import DependencyProvider
from prometheus_client import REGISTRY
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from pymongo.errors import DuplicateKeyError

from shared.clock import SystemClock, to_timestamp
from shared.http.answers import Answer
from shared.http.endpoint import Endpoint, endpoint
from shared.http.fields import Identifier, Instant, Line
from shared.http.openapi import openapi
from shared.http.pagination import PageQuery, page, page_schema
from shared.http.request import Request
from shared.http.server import ApiServer


class Container(DependencyProvider):  # type: ignore[misc]  # nameko is not typed
    """The nameko container that a service runs in: its configuration and its other parts."""

    def get_dependency(self, worker: object) -> Any:
        return self.container


class RevocationRequest(Schema):
    token_id = Identifier(required=True, metadata={"description": "the `jti` of the token"})
    reason = Line(500, load_default=None, allow_none=True)


class Revocation(Schema):
    token_id = Identifier(required=True)
    reason = Line(500, allow_none=True)
    revoked_by = Line(200, required=True)
    revoked_at = Instant(required=True)


class StandardEndpoints:
    """Inherit from this; the class needs `name` and `database = MongoDatabase()`."""

    name: str
    database: Any
    container = Container()

    @endpoint("GET", "/healthz", public=True)
    def healthz(self, request: Request) -> Answer:
        """The process is alive."""
        return Answer({"status": "ok"})

    @endpoint("GET", "/readyz", public=True)
    def readyz(self, request: Request) -> Answer:
        """Every dependency and queue can be used; 503 names what cannot."""
        from shared.messaging.health import probes  # not there yet

        checks = dict(probes(self.container))
        ready = all(state == "ok" for state in checks.values())
        return Answer({"status": "ok" if ready else "down", "checks": checks}, status=200 if ready else 503)

    @endpoint("GET", "/metrics")
    def metrics(self, request: Request) -> Answer:
        """Figures for Prometheus."""
        return Answer(generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @endpoint("GET", "/openapi.json")
    def openapi_document(self, request: Request) -> Answer:
        """This document."""
        endpoints = [each for each in self.container.entrypoints if isinstance(each, Endpoint)]
        return Answer(openapi(f"Prasan {self.name}", "1", endpoints))

    @endpoint(
        "POST", "/v1/revocations", roles={"operator"}, body=RevocationRequest, answer=Revocation, status=201
    )
    def revoke_token(self, request: Request) -> Answer:
        """From now on this token counts no more, here; the other services have their own list."""
        document = {
            "_id": request.body["token_id"],
            "reason": request.body["reason"],
            "revoked_by": request.caller.subject,
            "revoked_at": to_timestamp(SystemClock().now()),
        }
        try:
            self.database.revocations.insert_one(document)
        except DuplicateKeyError:  # revoked before: the first record stands
            document = self.database.revocations.find_one({"_id": document["_id"]})
            return Answer(_revocation(document), status=200)
        self.container.shared_extensions[ApiServer].revocations.forget()
        return Answer(_revocation(document))

    @endpoint("GET", "/v1/revocations", roles={"operator"}, query=PageQuery, answer=page_schema(Revocation))
    def revocations(self, request: Request) -> Answer:
        """Every revoked token, by its id."""
        after, limit = request.query["after"], request.query["limit"]
        beyond = {"_id": {"$gt": after}} if after else {}
        found = self.database.revocations.find(beyond).sort("_id", 1).limit(limit + 1)
        return Answer(page([_revocation(document) for document in found], limit, "token_id"))


def _revocation(document: dict[str, Any]) -> dict[str, Any]:
    return {"token_id": document["_id"], **document}
