"""Bearer tokens: who is calling, in which roles. JWT (RFC 7519) with HS256, and no other algorithm."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

from shared.errors import Unauthorised
from shared.sealing import derive_key

ROLES = ("viewer", "coordinator", "partner_manager", "operator")
LONGEST_TOKEN = 4096  # characters
_ALGORITHM = "HS256"
_ISSUER = "prasan"
_CLOCK_SKEW = timedelta(minutes=10)  # between the machine that issued a token and the one that reads it
_REQUIRED = ["iss", "sub", "iat", "exp", "jti", "roles"]


@dataclass(frozen=True)
class Caller:
    """Somebody who showed a valid token."""

    subject: str
    roles: frozenset[str]
    name: str = ""
    token_id: str | None = None

    def has_any(self, roles: Collection[str]) -> bool:
        """True if `roles` is empty or one of them is the caller's."""
        return not roles or not self.roles.isdisjoint(roles)


def issue_token(
    secret: str,
    subject: str,
    roles: Collection[str],
    lifetime: timedelta,
    now: datetime,
    token_id: str,
    name: str = "",
) -> str:
    """A signed token; `token_id` is what a revocation names. Raises ValueError for an unknown role."""
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"unknown role: {', '.join(sorted(unknown))}; there are {', '.join(ROLES)}")
    claims = {
        "iss": _ISSUER,
        "sub": subject,
        "roles": sorted(roles),
        "name": name,
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
        "jti": token_id,
    }
    return jwt.encode(claims, derive_key(secret, "tokens"), algorithm=_ALGORITHM)


def verify_token(secret: str, token: str, now: datetime, previous: Sequence[str] = ()) -> Caller:
    """Who the token speaks for; it may be signed under one of the `previous` secrets as well. Raises
    Unauthorised (`token-invalid` or `token-expired`)."""
    claims = _signed_claims((secret, *previous), token)
    if claims["exp"] <= now.timestamp():
        raise Unauthorised("token-expired")
    if claims["iat"] > (now + _CLOCK_SKEW).timestamp():
        raise Unauthorised("token-invalid")
    return Caller(claims["sub"], frozenset(claims["roles"]) & frozenset(ROLES), claims["name"], claims["jti"])


def _signed_claims(secrets: Sequence[str], token: str) -> dict[str, Any]:
    """The claims, signature and types checked; times are left to the caller's clock."""
    if len(token) > LONGEST_TOKEN:
        raise Unauthorised("token-invalid")
    claims = next((found for secret in secrets if (found := _claims(secret, token)) is not None), None)
    if claims is None or not _well_formed(claims):
        raise Unauthorised("token-invalid")
    return {"name": "", **claims}


def _claims(secret: str, token: str) -> dict[str, Any] | None:
    """None for a token that another secret signed. Raises Unauthorised for one that is wrong in itself."""
    try:
        return jwt.decode(
            token,
            derive_key(secret, "tokens"),
            algorithms=[_ALGORITHM],
            issuer=_ISSUER,
            options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except jwt.InvalidSignatureError:
        return None
    except (jwt.InvalidTokenError, ValueError) as error:
        raise Unauthorised("token-invalid") from error


def _well_formed(claims: dict[str, Any]) -> bool:
    texts = (claims["sub"], claims["jti"], claims.get("name", ""))
    times = (claims["iat"], claims["exp"])
    roles = claims["roles"]
    return (
        all(isinstance(text, str) for text in texts)
        and bool(claims["sub"])
        and all(isinstance(time, int | float) and not isinstance(time, bool) for time in times)
        and isinstance(roles, list)
        and all(isinstance(role, str) for role in roles)
    )
