"""Answers as a method gives them, and as they go out on the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from marshmallow import Schema
from werkzeug.wrappers import Response

from shared.clock import to_timestamp

COMMON_HEADERS = {
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Authorization",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Answer:
    """What a service method returns.

    `status` None means the endpoint's own; `version` becomes the ETag; a body of None with no status
    of its own is 204; a str or bytes body goes out as it is, with a `Content-Type` among the headers.
    """

    body: Any = None
    status: int | None = None
    version: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def to_response(answer: Answer, status: int, schema: Schema | None) -> Response:
    """The answer as bytes: a body passes through the endpoint's schema, so nothing else gets out."""
    body = answer.body if schema is None or answer.body is None else schema.dump(answer.body)
    response = Response(
        _encoded(body),
        status=answer.status or (status if body is not None else 204),
        headers=[*COMMON_HEADERS.items(), *answer.headers.items()],
        content_type=None if body is None else answer.headers.get("Content-Type", "application/json"),
    )
    if answer.version is not None:
        response.headers["ETag"] = f'"{answer.version}"'
    return response


def to_json(body: Any) -> bytes:
    """Compact JSON in UTF-8; instants in UTC with milliseconds, days as 2026-11-22."""
    return json.dumps(
        body, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain
    ).encode()


def _encoded(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str | bytes):
        return body.encode() if isinstance(body, str) else body
    return to_json(body)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_timestamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
