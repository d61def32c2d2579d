"""What every endpoint does by itself: routes, methods, answers, ETags, languages, pages, retries."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.integration.http.conftest import ExampleProcess, Tokens

PROBLEM = "application/problem+json"


def code(answer: httpx.Response) -> str:
    assert answer.headers["Content-Type"] == PROBLEM
    document = answer.json()
    assert document["status"] == answer.status_code
    assert not any(
        word.startswith(("problem.", "field.")) for word in (document["title"], document["detail"])
    )
    return str(document["type"]).removeprefix("urn:prasan:problem:")


def fields(answer: httpx.Response) -> set[tuple[str, str]]:
    return {(error["field"], error["code"]) for error in answer.json()["errors"]}


def test_a_note_is_kept_and_shown_again(coordinator: httpx.Client, note: dict[str, Any]) -> None:
    """201 with its place and version; the same comes back, HEAD included."""
    added = coordinator.post("/v1/notes", json=note)

    assert added.status_code == 201
    assert added.headers["ETag"] == '"1"'
    shown = coordinator.get(added.headers["Location"])
    assert shown.json() == added.json()
    assert shown.json()["title"]["th"] == "อบรมคัดแยกขยะ 🌱"
    assert "requests" not in shown.json()
    head = coordinator.head(added.headers["Location"])
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == '"1"'
    assert head.headers["Content-Length"] == shown.headers["Content-Length"]


def test_answers_are_nobody_elses_to_keep(coordinator: httpx.Client) -> None:
    """No cache holds an answer, no browser guesses at its kind."""
    headers = coordinator.get("/v1/notes").headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in headers


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/notes/", "/V1/notes", "/v1/notes/a/b"])
def test_an_unknown_path_is_a_problem_that_says_so(example: ExampleProcess, path: str) -> None:
    """404 in the same form as every error, and nothing is redirected."""
    raw = httpx.URL(example.url).copy_with(raw_path=path.encode())
    with httpx.Client() as client:
        answer = client.send(httpx.Request("GET", raw))

    assert (answer.status_code, code(answer)) == (404, "no-such-path")
    assert answer.json()["instance"] == path


@pytest.mark.parametrize(
    "note_id", ["%00", "a%0d%0aX-Injected:%201", "%F0%9F%8C%B1", "%FF", "a%20b", "$ne", "x" * 300, "..%2f"]
)
def test_an_id_that_cannot_be_one_is_not_looked_up(coordinator: httpx.Client, note_id: str) -> None:
    """It is simply not there; no header is added, nothing reaches the database."""
    answer = coordinator.get(f"/v1/notes/{note_id}")

    assert (answer.status_code, code(answer)) == (404, "no-such-path")
    assert "X-Injected" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/notes", {"GET", "HEAD", "POST"}),
        ("GET", "/v1/notes/1/publish", {"POST"}),
        ("OPTIONS", "/healthz", {"GET", "HEAD"}),
        ("TRACE", "/healthz", {"GET", "HEAD"}),
        ("BREW", "/v1/notes", {"GET", "HEAD", "POST"}),
    ],
)
def test_another_method_is_told_which_ones_there_are(
    coordinator: httpx.Client, method: str, path: str, allowed: set[str]
) -> None:
    """405 with Allow."""
    answer = coordinator.request(method, path)

    assert (answer.status_code, code(answer)) == (405, "method-not-allowed")
    assert {name.strip() for name in answer.headers["Allow"].split(",")} == allowed


def test_nothing_to_say_is_204(coordinator: httpx.Client) -> None:
    """No body and no kind of one."""
    answer = coordinator.delete("/v1/notes/1")

    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    ("header", "language"), [("en", "en"), ("th", "th"), ("fr", "th"), ("en-GB, th;q=0.5", "en")]
)
def test_a_problem_is_told_in_the_callers_language(
    anonymous: httpx.Client, header: str, language: str
) -> None:
    """Thai unless English is preferred, and the header says which."""
    answer = anonymous.get("/nowhere", headers={"Accept-Language": header})

    assert answer.headers["Content-Language"] == language
    assert answer.json()["title"] == {"en": "No such address", "th": "ไม่พบหน้าที่ขอ"}[language]


def test_if_match_is_read_and_required(coordinator: httpx.Client) -> None:
    """428 without, 400 for what is none; the method gets the number."""
    path = "/v1/notes/1/publish"

    assert code(coordinator.post(path)) == "precondition-required"
    assert coordinator.post(path).status_code == 428
    assert code(coordinator.post(path, headers={"If-Match": "*"})) == "if-match-unreadable"
    answer = coordinator.post(path, headers={"If-Match": 'W/"7"', "Accept-Language": "en"})
    assert (answer.json()["if_match"], answer.json()["language"]) == (7, "en")
    assert answer.headers["ETag"] == '"8"'


def test_a_trace_goes_through(coordinator: httpx.Client) -> None:
    """What the caller began is what the method sees."""
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    answer = coordinator.post("/v1/notes/1/publish", headers={"If-Match": '"1"', "traceparent": trace})

    assert answer.json()["trace"] == trace


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("missing", 404, "not-found"),
        ("state", 409, "conflict"),
        ("broker", 503, "unavailable"),
        ("version", 409, "changed-meanwhile"),
        ("bug", 500, "unexpected"),
    ],
)
def test_what_goes_wrong_inside_is_answered_properly(
    coordinator: httpx.Client, kind: str, status: int, expected: str
) -> None:
    """Each kind of error has its status; none tells about our insides."""
    answer = coordinator.get(f"/v1/failures/{kind}")

    assert (answer.status_code, code(answer)) == (status, expected)
    assert "example.org" not in answer.text
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", ("?limit", "out-of-range")),
        ("limit=201", ("?limit", "out-of-range")),
        ("limit=ten", ("?limit", "not-a-whole-number")),
        ("limit=%00", ("?limit", "control-character")),
        ("limit=1&limit=2", ("?limit", "repeated")),
        ("after[$gt]=", ("?after[$gt]", "unknown-field")),
        ("after=%24gt", ("?after", "not-an-identifier")),
        ("kind=blog", ("?kind", "not-a-choice")),
        ("q=%E0%B8%81", ("?q", "unknown-field")),
        ("%FF=%FF", ("?%FF", "unknown-field")),
    ],
)
def test_a_wrong_query_names_the_parameter(
    coordinator: httpx.Client, query: str, expected: tuple[str, str]
) -> None:
    """Unknown, repeated and misspelt parameters are refused, never ignored."""
    answer = coordinator.get(f"/v1/notes?{query}")

    assert (answer.status_code, code(answer)) == (422, "invalid")
    assert expected in fields(answer)


def test_a_list_comes_in_pages(coordinator: httpx.Client, note: dict[str, Any]) -> None:
    """Following `next` shows each item exactly once."""
    for _ in range(3):
        coordinator.post("/v1/notes", json=note)
    seen: list[str] = []
    after = ""

    while True:
        page = coordinator.get("/v1/notes", params={"limit": 2, **({"after": after} if after else {})}).json()
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break

    assert len(seen) == len(set(seen)) >= 3
    assert seen == sorted(seen)


def test_a_retry_gets_the_first_answer(coordinator: httpx.Client, note: dict[str, Any]) -> None:
    """The answer was lost on its way: the same key brings it again, another body is refused."""
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = coordinator.post("/v1/notes", json=note, headers=key)

    again = coordinator.post("/v1/notes", json=note, headers=key)
    other = coordinator.post("/v1/notes", json={**note, "count": 2}, headers=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["ETag"] == first.headers["ETag"]
    assert (other.status_code, code(other)) == (422, "idempotency-mismatch")


def test_a_key_belongs_to_its_caller(example: ExampleProcess, token: Tokens, note: dict[str, Any]) -> None:
    """Two people who count from 1 do not get each other's answers."""
    ids = set()
    for subject in ("somchai", "malee"):
        headers = {"Authorization": f"Bearer {token('coordinator', subject=subject)}", "Idempotency-Key": "1"}
        answer = httpx.post(f"{example.url}/v1/notes", json={**note, "text": subject}, headers=headers)
        assert answer.status_code == 201
        ids.add(answer.json()["id"])

    assert len(ids) == 2


def test_slow_requests_do_not_hold_up_others(example: ExampleProcess, token: Tokens) -> None:
    """Twenty requests of half a second take about half a second together."""
    headers = {"Authorization": f"Bearer {token('viewer')}"}

    with httpx.Client(base_url=example.url, headers=headers) as client, ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: client.get("/v1/slow/5", timeout=8), range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.elapsed.total_seconds() for answer in answers) / 20 < 4


def test_the_log_says_who_asked_what_and_never_more(
    example: ExampleProcess, coordinator: httpx.Client, note: dict[str, Any]
) -> None:
    """Route, caller and status; no query, body, token or address, even when a bug quotes one."""
    coordinator.post("/v1/notes", json={**note, "text": "ความลับ reply to kamonwan@example.org"})
    coordinator.get("/v1/notes?kind=somchai%40example.org")
    coordinator.get("/v1/failures/bug")

    log = example.log()

    assert '"route": "/v1/failures/<kind>"' in log
    assert '"caller": "somchai"' in log
    assert '"service": "projects"' in log
    assert "unexpected" in log and "KeyError" in log
    for private in ("example.org", "ความลับ", "kamonwan", "eyJ", "hunter2"):
        assert private not in log
