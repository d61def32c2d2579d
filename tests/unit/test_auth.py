"""Tokens: who may speak, and every forgery we could think of."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.auth import Caller, issue_token, verify_token
from shared.errors import Unauthorised
from shared.sealing import derive_key

SECRET = "0123456789" * 4
NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def forged(key: bytes | str | None = None, algorithm: str = "HS256", **changes: Any) -> str:
    """A token as somebody else might write it; a claim set to None is left out."""
    claims: dict[str, Any] = {
        "iss": "prasan",
        "sub": "somchai",
        "roles": ["operator"],
        "name": "",
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + HOUR).timestamp()),
        "jti": "1",
    }
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(claims, derive_key(SECRET, "tokens") if key is None else key, algorithm=algorithm)


def refusal_of(token: str, now: datetime = NOW) -> str:
    with pytest.raises(Unauthorised) as refused:
        verify_token(SECRET, token, now)
    return refused.value.code


def test_a_token_says_who_is_calling_in_which_roles() -> None:
    """What was issued is what is read."""
    token = issue_token(SECRET, "somchai", ["coordinator", "viewer"], HOUR, NOW, "t1", name="สมชาย ตัวอย่าง")

    caller = verify_token(SECRET, token, NOW)

    assert caller == Caller("somchai", frozenset({"coordinator", "viewer"}), "สมชาย ตัวอย่าง", "t1")


def test_a_token_ends_with_its_lifetime() -> None:
    """Valid until the second before, expired from the second itself."""
    token = issue_token(SECRET, "somchai", ["viewer"], HOUR, NOW, "t1")

    assert verify_token(SECRET, token, NOW + HOUR - timedelta(seconds=1)).subject == "somchai"
    assert refusal_of(token, NOW + HOUR) == "token-expired"


def test_a_token_of_before_the_secret_changed_is_valid_as_long_as_that_is_known() -> None:
    """Whichever of the previous secrets signed it; its end and its words count as ever."""
    token = issue_token(SECRET, "somchai", ["viewer"], HOUR, NOW, "t1")
    new, older = (
        "a new secret, longer than thirty-two characters",
        "an even older one, as long as it has to be",
    )

    assert verify_token(new, token, NOW, [older, SECRET]).subject == "somchai"
    for wrong, at, previous in (
        (token, NOW, [older]),
        (token, NOW + HOUR, [SECRET]),
        (forged(sub=""), NOW, [SECRET]),
    ):
        with pytest.raises(Unauthorised):
            verify_token(new, wrong, at, previous)


def test_a_token_from_the_future_is_refused() -> None:
    """Ten minutes of clock difference are forgiven, more are not."""
    token = issue_token(SECRET, "somchai", ["viewer"], HOUR, NOW, "t1")

    assert verify_token(SECRET, token, NOW - timedelta(minutes=9)).subject == "somchai"
    assert refusal_of(token, NOW - timedelta(minutes=11)) == "token-invalid"


def test_only_known_roles_are_issued() -> None:
    """A typing mistake in a role is noticed by whoever makes the token, not later by whoever uses it."""
    with pytest.raises(ValueError, match="admin"):
        issue_token(SECRET, "somchai", ["admin"], HOUR, NOW, "t1")


def test_an_unknown_role_counts_for_nothing() -> None:
    """A role of a later version is ignored rather than trusted."""
    assert verify_token(SECRET, forged(roles=["root", "viewer"]), NOW).roles == {"viewer"}


@pytest.mark.parametrize(
    "token",
    [
        forged(key="another secret, just as long as ours"),
        forged(key=SECRET),  # the secret itself is not the token key
        forged(key=derive_key(SECRET, "people")),
        forged(key="", algorithm="none"),
        forged(key=derive_key(SECRET, "tokens") * 2, algorithm="HS512"),
        forged(iss="somebody"),
        forged(iss=None),
        forged(sub=None),
        forged(sub=""),
        forged(exp=None),
        forged(exp="tomorrow"),
        forged(iat=None),
        forged(jti=None),
        forged(roles=None),
        forged(roles="operator"),
        forged(roles=[["operator"]]),
        forged(name=["a"]),
        forged(exp=True),
        "",
        "..",
        "a.b.c",
        "ภาษาไทย",
        "x" * 5_000,
        "\ud800",
    ],
)
def test_a_forged_or_broken_token_is_invalid(token: str) -> None:
    """Wrong key, wrong algorithm, none at all, missing or mistyped claims, not a token: one answer."""
    assert refusal_of(token) == "token-invalid"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_alg_none_is_refused_however_it_is_spelt(algorithm: str) -> None:
    """RFC 8725, 3.1: the algorithm is ours to choose, not the token's."""
    _, payload, _ = forged().split(".")
    unsigned = (
        base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()).decode().rstrip("=")
    )

    assert refusal_of(f"{unsigned}.{payload}.") == "token-invalid"


@given(st.text(max_size=200))
def test_no_text_at_all_breaks_the_reader(text: str) -> None:
    """Whatever stands in the header, the answer is a refusal and not an error of ours."""
    assert refusal_of(text) == "token-invalid"


@given(st.data())
def test_no_changed_byte_goes_unnoticed(data: st.DataObject) -> None:
    """A token with one character replaced is no token, or says exactly the same."""
    token = issue_token(SECRET, "somchai", ["viewer"], HOUR, NOW, "t1")
    place = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.sampled_from("abcXYZ019-_."))
    changed = token[:place] + character + token[place + 1 :]

    try:
        caller = verify_token(SECRET, changed, NOW)
    except Unauthorised:
        return
    assert caller == verify_token(SECRET, token, NOW)


def test_roles_open_doors_and_an_empty_set_is_open_to_all() -> None:
    """`has_any` is what an endpoint asks."""
    caller = Caller("somchai", frozenset({"viewer"}))

    assert caller.has_any(())
    assert caller.has_any({"viewer", "operator"})
    assert not caller.has_any({"operator"})
