"""What a service method is given: a request that has been checked throughout."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request as WsgiRequest

from shared.auth import Caller
from shared.errors import PreconditionRequired, Refusal
from shared.i18n import DEFAULT_LANGUAGE, LANGUAGES

ANONYMOUS = Caller(subject="anonymous", roles=frozenset())
LONGEST_KEY = 255

# a language range and its weight (RFC 9110, 12.5.4); of en-GB the language is all that matters here
_RANGE = re.compile(
    r"(?:^|,)\s*(?P<tag>[A-Za-z]{1,8})(?:-[A-Za-z0-9-]{0,40})?\s*"
    r"(?:;\s*[qQ]=(?P<quality>[01](?:\.\d{0,3})?)\s*)?(?=,|$)"
)
_ETAG = re.compile(r'(?:W/)?"(\d{1,15})"', re.ASCII)
_KEY = re.compile(rf"[\x21-\x7e](?:[\x20-\x7e]{{0,{LONGEST_KEY - 2}}}[\x21-\x7e])?")
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True)
class IdempotencyKey:
    """The caller's promise that a repetition means the same request.

    `key` is as the caller wrote it, `request_hash` covers method, path and body, `subject` is whose
    key it is: two callers may choose the same one.
    """

    key: str
    request_hash: str
    subject: str = ""


@dataclass(frozen=True)
class Request:
    """Everything about a request that a use case may need."""

    caller: Caller = ANONYMOUS
    body: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    if_match: int | None = None
    idempotency: IdempotencyKey | None = None
    language: str = DEFAULT_LANGUAGE
    traceparent: str | None = None


def language_of(request: WsgiRequest) -> str:
    """th or en, by Accept-Language; Thai where it says nothing that we speak."""
    best, quality = DEFAULT_LANGUAGE, 0.0
    for found in _RANGE.finditer(request.headers.get("Accept-Language", "")):
        language = found["tag"].lower()
        wanted = float(found["quality"] or 1)
        if language in LANGUAGES and wanted > quality:  # of two wanted equally the first
            best, quality = language, wanted
    return best


def if_match_of(request: WsgiRequest, required: bool) -> int | None:
    """The version that the caller has seen. Raises PreconditionRequired, or Refusal for no ETag of ours."""
    header = request.headers.get("If-Match")
    if header is None:
        if required:
            raise PreconditionRequired()
        return None
    match = _ETAG.fullmatch(header.strip())
    if match is None:
        raise Refusal("if-match-unreadable")
    return int(match[1])


def idempotency_of(request: WsgiRequest, body: object, caller: Caller) -> IdempotencyKey | None:
    """The Idempotency-Key, or None without one. Raises Refusal unless it is 1 to 255 printable ASCII."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Refusal("idempotency-key-unreadable", limit=LONGEST_KEY)
    return IdempotencyKey(key, request_hash(request.method, request.path, body), caller.subject)


def request_hash(method: str, path: str, body: object) -> str:
    """SHA-256 over what makes two requests the same; the order of JSON members does not matter."""
    content = json.dumps([method, path, body], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def traceparent_of(given: str) -> str:
    """The caller's W3C trace context, or a new one where it gave none that can be read."""
    if _TRACEPARENT.fullmatch(given):
        return given
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
