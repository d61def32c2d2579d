"""Requests whose end or headers two readers would see differently are refused (RFC 9112, 6.3 and 11.2)."""

from __future__ import annotations

import re
from typing import Any

from shared.errors import Refusal

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_SMALL = 64 * 1024  # bytes that eventlet may read and throw away, to keep the connection
_NOT_IN_A_VALUE = re.compile("[\x00-\x08\x0a-\x1f\x7f]")


class AmbiguousLength(Refusal):
    default_code = "ambiguous-length"


def refuse_ambiguous(environ: dict[str, Any]) -> None:
    """Raises Refusal, and ends the connection: what follows on it cannot be trusted to be a request."""
    headers = environ["headers_raw"]
    if environ["prasan.malformed"] or _malformed(headers) or _unclear_length(headers):
        environ["prasan.hang_up"]()
        raise AmbiguousLength()


def leaves_much_unread(environ: dict[str, Any]) -> bool:
    """Whether so much of a refused body is still on its way that ending the connection is cheaper."""
    body = environ["wsgi.input"]
    if body.chunked_input:
        return bool(body.chunk_length != 0)
    return bool((body.content_length or 0) - body.position > _SMALL)


def _malformed(headers: tuple[tuple[str, str], ...]) -> bool:
    return any(not _TOKEN.fullmatch(name) or _NOT_IN_A_VALUE.search(value) for name, value in headers)


def _unclear_length(headers: tuple[tuple[str, str], ...]) -> bool:
    lengths = [value for name, value in headers if name.lower() == "content-length"]
    encodings = [value.lower() for name, value in headers if name.lower() == "transfer-encoding"]
    return (
        len(lengths) + len(encodings) > 1
        or any(not (length.isascii() and length.isdigit()) for length in lengths)
        or any(encoding != "chunked" for encoding in encodings)
    )
