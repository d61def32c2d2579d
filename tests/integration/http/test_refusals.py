"""Bodies that are wrong, hostile, too large or not what they say: refused whole, each with its reason."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest

from tests.integration.http.test_endpoints import code, fields

JSON = {"Content-Type": "application/json"}


def test_every_wrong_field_is_named_at_once(coordinator: httpx.Client) -> None:
    """And nothing of the request is stored."""
    before = len(coordinator.get("/v1/notes", params={"limit": 200}).json()["items"])

    answer = coordinator.post(
        "/v1/notes",
        json={
            "title": {"en": "x\r\nBcc: all@example.org", "fr": "y"},
            "due": "2569-12-18",
            "count": "3",
            "kind": "blog",
            "tags": ["ok", "\u202eevil", 5],
            "text": "a\u0000b",
            "colour": "red",
        },
    )

    assert (answer.status_code, code(answer)) == (422, "invalid")
    assert fields(answer) == {
        ("/title/th", "required"),
        ("/title/en", "line-break"),
        ("/title/fr", "unknown-field"),
        ("/due", "buddhist-era-year"),
        ("/kind", "not-a-choice"),
        ("/count", "not-a-whole-number"),
        ("/tags/1", "control-character"),
        ("/tags/2", "not-a-text"),
        ("/text", "control-character"),
        ("/colour", "unknown-field"),
    }
    assert len(coordinator.get("/v1/notes", params={"limit": 200}).json()["items"]) == before


def test_a_buddhist_year_is_answered_with_the_year_to_write(
    coordinator: httpx.Client, note: dict[str, Any]
) -> None:
    """In Thai, naming both years."""
    answer = coordinator.post("/v1/notes", json={**note, "due": "2569-12-18"})

    [error] = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("/due", "buddhist-era-year")
    assert "2569" in error["message"] and "2026" in error["message"] and "พ.ศ." in error["message"]


@pytest.mark.parametrize("body", ["", "null", "[]", '"text"', "5", "true"])
def test_a_body_that_is_no_object_is_refused(coordinator: httpx.Client, body: str) -> None:
    """Whatever else it is."""
    answer = coordinator.post("/v1/notes", content=body, headers=JSON)

    assert (answer.status_code, code(answer)) == (422, "invalid")


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (b"{", 400, "not-json"),
        (b'{"due": NaN}', 400, "not-json"),
        (b'{"due": 1, "due": 2}', 400, "duplicate-key"),
        (b'{"count": 1e999}', 400, "number-too-large"),
        (b'{"count": 99999999999999999999}', 400, "number-too-large"),
        (b'{"tags": ' + b"[" * 100 + b"]" * 100 + b"}", 400, "too-deep"),
        (b"[" * 900_000, 400, "too-deep"),
        ('{"title": "ลำพูน"}'.encode("utf-16"), 400, "not-json"),
        (rb'{"text": "\ud83c"}', 422, "invalid"),
        (rb'{"text": "a\u0000b"}', 422, "invalid"),
        (b"<note/>", 400, "not-json"),
    ],
)
def test_a_body_that_is_not_sound_json_is_refused(
    coordinator: httpx.Client, body: bytes, status: int, expected: str
) -> None:
    """The connection stays usable."""
    answer = coordinator.post("/v1/notes", content=body, headers=JSON)

    assert (answer.status_code, code(answer)) == (status, expected)
    assert coordinator.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=tis-620"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": ""},
        {},
    ],
)
def test_another_kind_of_content_is_refused(
    coordinator: httpx.Client, note: dict[str, Any], headers: dict[str, str]
) -> None:
    """JSON in UTF-8, as it is: a form could be sent by any web page that a coordinator visits."""
    body = json.dumps(note).encode()
    packed = gzip.compress(body) if "Content-Encoding" in headers else body

    answer = coordinator.post("/v1/notes", content=packed, headers=headers)

    assert (answer.status_code, code(answer)) == (415, "unsupported-media-type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", 'Application/JSON; charset="UTF-8"'])
def test_utf_8_may_be_said_aloud(coordinator: httpx.Client, note: dict[str, Any], kind: str) -> None:
    """Many clients do."""
    answer = coordinator.post("/v1/notes", content=json.dumps(note), headers={"Content-Type": kind})

    assert answer.status_code == 201


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_body_may_be_a_mebibyte_and_no_more(
    coordinator: httpx.Client, note: dict[str, Any], chunked: bool
) -> None:
    """5 MB are refused before they are read, with a problem document that does arrive."""

    def sent(size: int) -> httpx.Response:
        body = json.dumps({**note, "x": ""}).encode()
        body = body[:-2] + b"x" * (size - len(body)) + body[-2:]
        content = (body[place : place + 65536] for place in range(0, size, 65536)) if chunked else body
        return coordinator.post("/v1/notes", content=content, headers=JSON)

    assert code(sent(1024 * 1024)) == "invalid"
    for size in (1024 * 1024 + 1, 5_000_000):
        answer = sent(size)
        assert (answer.status_code, code(answer)) == (413, "too-large")
        assert "1048576" in answer.json()["detail"]
    assert coordinator.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "שלום عالم", "👩‍👩‍👧‍👦 ก็", "{{7*7}}", "%s%n"]
)
def test_text_is_kept_as_text(coordinator: httpx.Client, note: dict[str, Any], text: str) -> None:
    """Mark-up, formulas and other scripts come back exactly as they were sent."""
    added = coordinator.post("/v1/notes", json={**note, "title": {"th": text, "en": None}})

    assert coordinator.get(added.headers["Location"]).json()["title"] == {"th": text, "en": None}


def test_a_body_where_none_belongs_is_refused(coordinator: httpx.Client) -> None:
    """Somebody believes that it does something."""
    path, seen = "/v1/notes/1/publish", {"If-Match": '"1"'}

    assert coordinator.post(path, json={}, headers=seen).status_code == 200
    answer = coordinator.post(path, json={"force": True}, headers=seen)
    assert fields(answer) == {("/force", "unknown-field")}


def test_a_get_with_a_body_is_answered_and_the_next_one_too(coordinator: httpx.Client) -> None:
    """The body is not taken for a request."""
    body = b"GET /v1/failures/bug HTTP/1.1\r\nHost: x\r\n\r\n"

    answer = coordinator.request("GET", "/v1/notes", content=body)

    assert answer.status_code == 200
    assert coordinator.get("/healthz").json() == {"status": "ok"}
