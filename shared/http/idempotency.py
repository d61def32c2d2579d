"""A repeated POST gets the first answer: what is remembered, inside the document that the request changed.

`record` goes into the document's `requests` array in the same update as the change (the last
`REMEMBERED` of them), and `remembered` finds it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.errors import IdempotencyMismatch
from shared.http.answers import Answer
from shared.http.request import IdempotencyKey
from shared.identity import derived_id

REMEMBERED = 100  # requests a document


def remembered(document: Mapping[str, Any], idempotency: IdempotencyKey | None) -> Answer | None:
    """The first answer to this key, or None if it is new (or there is no key).

    Raises IdempotencyMismatch if the key came with another request before.
    """
    if idempotency is None:
        return None
    key = _scoped(idempotency)
    for known in document.get("requests", ()):
        if known["key"] == key:
            if known["hash"] != idempotency.request_hash:
                raise IdempotencyMismatch()
            return Answer(known["body"], known["status"], known["version"])
    return None


def record(idempotency: IdempotencyKey, answer: Answer) -> dict[str, Any]:
    """What to push onto `requests`."""
    return {
        "key": _scoped(idempotency),
        "hash": idempotency.request_hash,
        "status": answer.status,
        "body": answer.body,
        "version": answer.version,
    }


def _scoped(idempotency: IdempotencyKey) -> str:
    """A hash of fixed length: a key of 255 characters, a hundred times, is no weight for a document."""
    return derived_id(idempotency.subject, idempotency.key)
