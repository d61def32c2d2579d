"""The OpenAPI 3.1 document of each service: valid, complete, and true to DESIGN's table of resources."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import pytest
from nameko.containers import ServiceContainer
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.config import Settings
from shared.http.endpoint import Endpoint
from shared.http.openapi import openapi
from shared.mongo import Mongo

SERVICES = {
    "projects": "ProjectsService",
    "partners": "PartnersService",
    "notifications": "NotificationsService",
}
STANDARD = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/v1/revocations"),
    ("POST", "/v1/revocations"),
    ("GET", "/v1/dead-letters"),
    ("GET", "/v1/dead-letters/{letter_id}"),
    ("POST", "/v1/dead-letters/{letter_id}/replay"),
}
WITHOUT_TOKEN = {("GET", "/healthz"), ("GET", "/readyz")}


@pytest.fixture(scope="module", params=SERVICES)
def container(request: pytest.FixtureRequest) -> ServiceContainer:
    """Bound as in a running process; nothing is started."""
    kind = getattr(importlib.import_module(f"services.{request.param}.service"), SERVICES[request.param])
    settings = Settings(prasan_secret_key="x" * 40, mongo_uri="mongodb://127.0.0.1:1/nowhere")
    container = ServiceContainer(kind, settings.nameko_config(request.param))
    container.shared_extensions[Mongo].stop()  # nameko's introspection alone makes the client
    return container


@pytest.fixture(scope="module")
def endpoints(container: ServiceContainer) -> list[Endpoint]:
    return [entrypoint for entrypoint in container.entrypoints if isinstance(entrypoint, Endpoint)]


@pytest.fixture(scope="module")
def document(endpoints: list[Endpoint]) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # two schemas under one name, say
        return openapi("Prasan", "1", endpoints)


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    paths = document["paths"]
    return {(method.upper(), path): of for path in paths for method, of in paths[path].items()}


def test_it_is_valid(document: dict[str, Any]) -> None:
    """By the validator of the specification."""
    OpenAPIV31SpecValidator(document).validate()


def test_it_covers_every_endpoint(
    endpoints: list[Endpoint], operations: dict[tuple[str, str], dict[str, Any]]
) -> None:
    """One operation each, with a name of its own and a sentence; the standard ones among them."""
    assert len(operations) == len(endpoints)
    assert len({operation["operationId"] for operation in operations.values()}) == len(endpoints)
    assert [key for key, operation in operations.items() if not operation["summary"].endswith(".")] == []
    assert set(operations) >= STANDARD


def test_nothing_but_health_answers_without_a_token(
    operations: dict[tuple[str, str], dict[str, Any]],
) -> None:
    """On every endpoint, from the first day."""
    assert {key for key, operation in operations.items() if not operation["security"]} == WITHOUT_TOKEN


def test_every_change_asks_for_a_role(operations: dict[tuple[str, str], dict[str, Any]]) -> None:
    """A viewer changes nothing."""
    open_to_all = {
        key for key, o in operations.items() if key[0] != "GET" and "viewer" in o.get("x-roles", ["viewer"])
    }

    assert {key for key in open_to_all if not key[1].endswith("/preview")} == set()


def test_every_problem_that_can_be_answered_is_listed(
    endpoints: list[Endpoint], operations: dict[tuple[str, str], dict[str, Any]]
) -> None:
    """428 and 412 where If-Match counts, 422 where fields are read, 401 and 403 where roles are asked for."""
    for endpoint in endpoints:
        path = endpoint.path.replace("<", "{").replace(">", "}")
        responses = set(operations[endpoint.method, path]["responses"])
        expected = {"default"}
        expected |= {"412", "428"} if endpoint.if_match else set()
        expected |= {"422"} if endpoint.body or endpoint.query else set()
        expected |= {"401"} if not endpoint.public else set()
        expected |= {"403"} if endpoint.roles else set()
        assert responses >= expected, endpoint.path


def test_no_get_takes_what_only_changes_need(endpoints: list[Endpoint]) -> None:
    """Looking changes nothing: no body, no If-Match, no Idempotency-Key on a GET."""
    assert [e.path for e in endpoints if e.method == "GET" and (e.body or e.if_match or e.idempotent)] == []
