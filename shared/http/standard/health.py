"""Is it alive, is it ready, how is it doing, and what can it be asked?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import eventlet
import structlog
from marshmallow import Schema, fields, validate
from prometheus_client import REGISTRY
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from shared.errors import DependencyDown
from shared.http.answers import Answer
from shared.http.api import Api
from shared.http.endpoint import endpoint
from shared.http.openapi import openapi
from shared.http.request import Request
from shared.http.server import ApiServer
from shared.messaging.figures import look_up
from shared.messaging.health import Probe

SLOWEST_PROBE = 5.0  # seconds

_log = structlog.get_logger("http")


class Alive(Schema):
    status = fields.String(required=True)


class Readiness(Alive):
    checks = fields.Dict(
        keys=fields.String(), values=fields.String(validate=validate.OneOf(("ok", "down"))), required=True
    )


class HealthEndpoints:
    """/healthz, /readyz, /metrics and /openapi.json."""

    api: Any = Api()

    def extra_probes(self) -> Mapping[str, Probe]:
        """More for /readyz to ask: each probe returns nothing, or raises DependencyDown."""
        return {}

    @endpoint("GET", "/healthz", public=True, answer=Alive)
    def healthz(self, request: Request) -> Answer:
        """The process is alive."""
        return Answer({"status": "ok"})

    @endpoint("GET", "/readyz", public=True, answer=Readiness)
    def readyz(self, request: Request) -> Answer:
        """Every dependency and queue can be used; 503 names what cannot."""
        server: ApiServer = self.api
        probes = {**server.probes, **self.extra_probes()}
        asked = {name: eventlet.spawn(_ask, name, probe) for name, probe in probes.items()}
        checks = {name: greenlet.wait() for name, greenlet in asked.items()}
        ready = set(checks.values()) == {"ok"}
        return Answer({"status": "ok" if ready else "down", "checks": checks}, status=200 if ready else 503)

    @endpoint("GET", "/metrics")
    def metrics(self, request: Request) -> Answer:
        """Figures for Prometheus."""
        server: ApiServer = self.api
        look_up(server.container)
        return Answer(generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @endpoint("GET", "/openapi.json")
    def describe(self, request: Request) -> Answer:
        """This document."""
        server: ApiServer = self.api
        if server.description is None:  # the same as long as the process lives, and slow to make
            server.description = openapi(f"Prasan {server.container.service_name}", "1", server.endpoints())
        return Answer(server.description)


def _ask(name: str, probe: Probe) -> str:
    """ok or down; only the log learns why, since anybody may ask."""
    try:
        with eventlet.Timeout(SLOWEST_PROBE):
            probe()
    except DependencyDown as error:
        _log.warning("not ready", probe=name, cause=error.cause)
        return "down"
    except (Exception, eventlet.Timeout) as error:
        _log.warning("not ready", probe=name, cause=type(error).__name__)
        return "down"
    return "ok"
