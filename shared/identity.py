"""Ids: ULIDs, and those derived from an Idempotency-Key so that a retry cannot create twice."""

from __future__ import annotations

import hashlib

from ulid import ULID


def new_id() -> str:
    """A fresh ULID."""
    return str(ULID())


def derived_id(*parts: str) -> str:
    """The same parts give the same id, in the form of a ULID (its first half is no time)."""
    content = "".join(f"{len(part)}:{part}" for part in parts)
    return str(ULID(hashlib.sha256(content.encode()).digest()[:16]))
