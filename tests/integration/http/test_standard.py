"""The endpoints that every service has."""

from __future__ import annotations

import base64
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.messaging.dead_letters import DeadLetters, Letter
from shared.testing.database import Database
from tests.integration.http.conftest import ExampleProcess, Tokens
from tests.integration.http.test_endpoints import code


def test_readiness_names_what_is_down_and_not_why(anonymous: httpx.Client, example: ExampleProcess) -> None:
    """Here nothing listens where the broker should be: the world learns that, the log learns the rest."""
    answer = anonymous.get("/readyz", timeout=20)

    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert (checks["database"], checks["broker"]) == ("ok", "down")
    assert "127.0.0.1" not in answer.text
    assert "not ready" in example.log()


def test_metrics_count_requests_by_their_pattern(coordinator: httpx.Client) -> None:
    """Never by their path, which could be anything and would fill Prometheus."""
    coordinator.get("/v1/notes/01ARZ3NDEKTSV4RRFFQ69G5FAV")
    coordinator.get("/surprise")
    coordinator.request("BREW", "/coffee")

    metrics = coordinator.get("/metrics")

    assert metrics.headers["Content-Type"].startswith("text/plain")
    assert 'method="GET",route="/v1/notes/<note_id>",status="404"' in metrics.text
    assert 'method="-",route="-",status="404"' in metrics.text
    for unbounded in ("01ARZ3", "surprise", "BREW", "somchai"):
        assert unbounded not in metrics.text


@pytest.fixture
def document(coordinator: httpx.Client) -> dict[str, Any]:
    answer: dict[str, Any] = coordinator.get("/openapi.json").json()
    return answer


class TestOpenApi:
    """The description comes from the schemas that validate."""

    def test_it_is_valid(self, document: dict[str, Any]) -> None:
        """OpenAPI 3.1, by its own validator."""
        OpenAPIV31SpecValidator(document).validate()
        assert document["openapi"] == "3.1.0"

    def test_it_covers_every_endpoint(self, document: dict[str, Any]) -> None:
        """Methods and paths, with unique names and a sentence each."""
        operations = {(m, p): o for p, methods in document["paths"].items() for m, o in methods.items()}

        assert set(operations) == {
            ("get", "/healthz"),
            ("get", "/readyz"),
            ("get", "/metrics"),
            ("get", "/openapi.json"),
            ("get", "/v1/revocations"),
            ("post", "/v1/revocations"),
            ("get", "/v1/dead-letters"),
            ("get", "/v1/dead-letters/{letter_id}"),
            ("post", "/v1/dead-letters/{letter_id}/replay"),
            ("get", "/v1/notes"),
            ("post", "/v1/notes"),
            ("get", "/v1/notes/{note_id}"),
            ("delete", "/v1/notes/{note_id}"),
            ("post", "/v1/notes/{note_id}/publish"),
            ("get", "/v1/failures/{kind}"),
            ("get", "/v1/slow/{tenths}"),
        }
        assert len({o["operationId"] for o in operations.values()}) == len(operations)
        assert all(o["summary"].endswith(".") for o in operations.values())

    def test_it_says_who_may(self, document: dict[str, Any]) -> None:
        """Security and roles of each operation."""
        paths = document["paths"]

        assert paths["/healthz"]["get"]["security"] == []
        assert paths["/v1/notes"]["get"]["security"] == [{"token": []}]
        assert paths["/v1/notes"]["post"]["x-roles"] == ["coordinator"]
        assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"

    def test_it_says_what_an_operation_takes(self, document: dict[str, Any]) -> None:
        """Body, query, path values and headers, with their bounds."""
        add, listing = document["paths"]["/v1/notes"]["post"], document["paths"]["/v1/notes"]["get"]
        publish = document["paths"]["/v1/notes/{note_id}/publish"]["post"]

        reference = add["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        schema = document["components"]["schemas"][reference.rpartition("/")[2]]
        assert schema["required"] == ["due", "title"]
        assert schema["properties"]["count"]["maximum"] == 5
        assert schema["properties"]["due"] == {"type": "string", "format": "date"}
        assert schema["properties"]["kind"]["enum"] == ["press", "radio"]
        assert schema["additionalProperties"] is False
        assert {p["name"] for p in listing["parameters"]} == {"after", "limit", "kind"}
        assert {(p["name"], p["required"]) for p in publish["parameters"]} == {
            ("note_id", True),
            ("If-Match", True),
        }
        assert "Idempotency-Key" in {p["name"] for p in add["parameters"]}

    def test_it_says_what_comes_back(self, document: dict[str, Any]) -> None:
        """The answer's schema and every problem that can occur."""
        add = document["paths"]["/v1/notes"]["post"]["responses"]
        publish = document["paths"]["/v1/notes/{note_id}/publish"]["post"]["responses"]

        assert {"201", "401", "403", "409", "413", "415", "422", "503", "default"} <= set(add)
        assert {"200", "401", "403", "404", "412", "428"} <= set(publish)
        assert "ETag" in publish["200"]["headers"]
        problem = add["422"]["content"]["application/problem+json"]["schema"]
        assert problem == {"$ref": "#/components/schemas/Problem"}


@pytest.fixture
def dead_letters(database_server: Database) -> Iterator[DeadLetters]:
    with database_server.client() as client:
        client["http_tests"]["dead_letters"].delete_many({})
        yield DeadLetters(client["http_tests"])


class TestDeadLetters:
    """What could not be handled, shown to the operator."""

    def test_a_letter_is_listed_and_shown_whole(
        self, operator: httpx.Client, dead_letters: DeadLetters
    ) -> None:
        """The list without bodies, the one with its own, as text where it is text."""
        thai = dead_letters.keep(
            Letter("projects.outcomes", "not-json", "line 1", "{ลำพูน".encode(), "a.b.v1", "m1")
        )
        raw = dead_letters.keep(Letter("projects.outcomes", "not-json", "line 1", b"\xff\x00"))

        page = operator.get("/v1/dead-letters").json()
        assert {item["id"] for item in page["items"]} == {thai, raw}
        assert all("body" not in item for item in page["items"])
        shown = operator.get(f"/v1/dead-letters/{thai}").json()
        assert (shown["body"], shown["body_encoding"], shown["cause"]) == ("{ลำพูน", "utf-8", "not-json")
        binary = operator.get(f"/v1/dead-letters/{raw}").json()
        assert (base64.b64decode(binary["body"]), binary["body_encoding"]) == (b"\xff\x00", "base64")

    def test_letters_are_found_by_queue_cause_and_state(
        self, operator: httpx.Client, dead_letters: DeadLetters
    ) -> None:
        """And come in pages."""
        for number in range(5):
            dead_letters.keep(Letter("projects.outcomes", "wrong-schema", "", b"%d" % number))
        dead_letters.keep(Letter("projects.outcomes", "not-json", "", b"{"))

        found = operator.get("/v1/dead-letters", params={"cause": "wrong-schema", "limit": 3}).json()
        rest = operator.get(
            "/v1/dead-letters", params={"cause": "wrong-schema", "limit": 3, "after": found["next"]}
        ).json()

        assert (len(found["items"]), len(rest["items"]), rest["next"]) == (3, 2, None)
        assert operator.get("/v1/dead-letters", params={"state": "replayed"}).json()["items"] == []
        assert operator.get("/v1/dead-letters", params={"state": "lost"}).status_code == 422

    def test_a_replay_without_a_broker_is_not_pretended(
        self, operator: httpx.Client, dead_letters: DeadLetters
    ) -> None:
        """503, and the letter goes on waiting."""
        letter = dead_letters.keep(Letter("projects.outcomes", "not-json", "", b"{"))

        answer = operator.post(f"/v1/dead-letters/{letter}/replay", json={}, timeout=30)

        assert (answer.status_code, code(answer)) == (503, "unavailable")
        assert operator.get(f"/v1/dead-letters/{letter}").json()["state"] == "waiting"

    def test_an_unknown_letter_is_not_found(self, operator: httpx.Client, dead_letters: DeadLetters) -> None:
        """For looking and for replaying."""
        assert code(operator.get("/v1/dead-letters/nowhere")) == "dead-letter-not-found"
        assert code(operator.post("/v1/dead-letters/nowhere/replay", json={})) == "dead-letter-not-found"

    @pytest.mark.parametrize(
        "body", [{"body": "text"}, {"body": [1]}, {"body": {"a": "\u0000"}}, {"event": {}}]
    )
    def test_a_mended_message_is_an_object(
        self, operator: httpx.Client, dead_letters: DeadLetters, body: dict[str, Any]
    ) -> None:
        """Nothing unreadable is put into a queue by hand."""
        letter = dead_letters.keep(Letter("projects.outcomes", "not-json", "", b"{"))

        assert operator.post(f"/v1/dead-letters/{letter}/replay", json=body).status_code == 422


def eventually(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def refuses_connections(example: ExampleProcess) -> bool:
    try:
        socket.create_connection(example.address, timeout=1).close()
    except OSError:
        return True
    return False


class TestStopping:
    """What happens to requests when the service is told to end."""

    @pytest.fixture
    def stopping(self, database_server: Database, tmp_path: Path) -> Iterator[ExampleProcess]:
        process = ExampleProcess(database_server.uri("http_tests"), tmp_path)
        process.start()
        yield process
        process.child.kill()

    def test_what_has_begun_is_answered_and_nothing_new_is_taken(
        self, stopping: ExampleProcess, token: Tokens
    ) -> None:
        """SIGTERM during ten slow requests: all ten are answered, the process ends by itself."""
        headers = {"Authorization": f"Bearer {token('viewer')}"}
        with (
            httpx.Client(base_url=stopping.url, headers=headers, timeout=10) as client,
            ThreadPoolExecutor(10) as pool,
        ):
            asked = [pool.submit(client.get, "/v1/slow/20") for _ in range(10)]
            eventually(lambda: stopping.log().count("slow begun") == 10)
            stopping.child.signal(signal.SIGTERM)

            eventually(lambda: refuses_connections(stopping))
            assert [future.result().status_code for future in asked] == [200] * 10

        assert stopping.child.wait(10)
        assert stopping.child.exit_code == 0

    def test_two_services_cannot_share_a_port(
        self, stopping: ExampleProcess, database_server: Database, tmp_path: Path
    ) -> None:
        """The second one does not start, instead of taking every other request."""
        second = ExampleProcess(database_server.uri("http_tests"), tmp_path / "second")
        second.child.environment["HTTP_ADDRESS"] = f"127.0.0.1:{stopping.address[1]}"

        second.child.start()

        assert second.child.wait(20)
        assert second.child.exit_code != 0
        assert "HTTP_ADDRESS" in second.log()
