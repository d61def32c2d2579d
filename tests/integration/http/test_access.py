"""Who may: tokens that are missing, expired, forged or revoked, and roles that do not fit."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest

from shared.auth import issue_token
from shared.sealing import derive_key
from tests.integration.http.conftest import SECRET, ExampleProcess, Tokens
from tests.integration.http.test_endpoints import code

PROTECTED = (
    "/v1/notes",
    "/metrics",
    "/openapi.json",
    "/v1/revocations",
    "/v1/dead-letters",
    "/v1/failures/bug",
)


def forged(**changes: object) -> str:
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": "prasan",
        "sub": "x",
        "roles": ["operator"],
        "name": "",
        "iat": now,
        "exp": now + 60,
        "jti": "1",
    }
    return jwt.encode({**claims, **changes}, "a key that is not ours, but long enough", algorithm="HS256")


def ask(example: ExampleProcess, authorization: str | bytes, path: str = "/v1/notes") -> httpx.Response:
    return httpx.get(f"{example.url}{path}", headers=[(b"Authorization", _bytes(authorization))])


@pytest.mark.parametrize("path", PROTECTED)
def test_nothing_but_health_answers_without_a_token(anonymous: httpx.Client, path: str) -> None:
    """401, and how to do better."""
    answer = anonymous.get(path)

    assert (answer.status_code, code(answer)) == (401, "token-missing")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic c29tY2hhaTpodW50ZXIy",
        "Bearer",
        "Bearer x.y.z",
        "Token abc",
        f"Bearer {forged()}",
        f"Bearer {forged()} {forged()}",
        f"Bearer {jwt.encode({'sub': 'x'}, '', algorithm='none')}",
        "Bearer กขค",
        "Bearer " + "x" * 6_000,
    ],
)
def test_what_is_no_token_of_ours_is_invalid(example: ExampleProcess, authorization: str) -> None:
    """Another scheme, another key, no algorithm, no token at all."""
    answer = ask(example, authorization)

    assert (answer.status_code, code(answer)) == (401, "token-invalid")


def test_two_tokens_are_none(example: ExampleProcess, token: Tokens) -> None:
    """Which one should count?"""
    both = [("Authorization", f"Bearer {token('viewer')}"), ("Authorization", f"Bearer {token('operator')}")]

    assert code(httpx.get(f"{example.url}/v1/notes", headers=both)) == "token-invalid"


def test_an_expired_token_says_that_it_has_expired(example: ExampleProcess, token: Tokens) -> None:
    """So that a program knows to fetch a new one."""
    old = token("viewer", issued=datetime.now(UTC) - timedelta(hours=2))

    answer = ask(example, f"Bearer {old}")

    assert (answer.status_code, code(answer)) == (401, "token-expired")


def test_a_token_signed_with_another_purposes_key_is_invalid(example: ExampleProcess) -> None:
    """Neither the secret itself nor the key that seals people signs tokens."""
    now = datetime.now(UTC)
    claims = jwt.decode(
        issue_token(SECRET, "x", ["operator"], timedelta(hours=1), now, "1"),
        options={"verify_signature": False},
    )

    for key in (SECRET, derive_key(SECRET, "people")):
        assert code(ask(example, f"Bearer {jwt.encode(claims, key, algorithm='HS256')}")) == "token-invalid"


@pytest.mark.parametrize(
    ("roles", "method", "path", "status"),
    [
        (["viewer"], "GET", "/v1/notes", 200),
        (["viewer"], "POST", "/v1/notes", 403),
        (["partner_manager", "operator"], "POST", "/v1/notes", 403),
        (["coordinator"], "POST", "/v1/revocations", 403),
        (["coordinator"], "GET", "/v1/dead-letters", 403),
        (["coordinator"], "POST", "/v1/dead-letters/1/replay", 403),
        ([], "GET", "/v1/notes", 200),
        ([], "DELETE", "/v1/notes/1", 403),
    ],
)
def test_a_role_opens_what_it_is_meant_for(
    example: ExampleProcess, token: Tokens, roles: list[str], method: str, path: str, status: int
) -> None:
    """403 names the roles that would; the body is not even read."""
    headers = {"Authorization": f"Bearer {token(*roles)}", "Accept-Language": "en"}
    answer = httpx.request(method, f"{example.url}{path}", headers=headers)

    assert answer.status_code == status
    if status == 403:
        assert code(answer) == "role-missing"
        assert "coordinator" in answer.json()["detail"] or "operator" in answer.json()["detail"]


def test_a_revoked_token_counts_no_more(
    example: ExampleProcess, token: Tokens, operator: httpx.Client
) -> None:
    """At once in this process; the list says who did it and why; saying it twice changes nothing."""
    token_id = uuid.uuid4().hex
    stolen = f"Bearer {token('viewer', token_id=token_id)}"
    assert ask(example, stolen).status_code == 200

    revoked = operator.post("/v1/revocations", json={"token_id": token_id, "reason": "เครื่องหาย"})

    assert revoked.status_code == 201
    assert (revoked.json()["revoked_by"], revoked.json()["reason"]) == ("malee", "เครื่องหาย")
    assert code(ask(example, stolen)) == "token-revoked"
    again = operator.post("/v1/revocations", json={"token_id": token_id})
    assert (again.status_code, again.json()) == (200, revoked.json())
    listed = operator.get("/v1/revocations", params={"limit": 200}).json()["items"]
    assert revoked.json() in listed


@pytest.mark.parametrize(
    "body", [{}, {"token_id": {"$ne": ""}}, {"token_id": "a b"}, {"token_id": "1", "x": 1}]
)
def test_a_revocation_names_one_token(operator: httpx.Client, body: dict[str, object]) -> None:
    """Nothing else is taken."""
    assert operator.post("/v1/revocations", json=body).status_code == 422


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
