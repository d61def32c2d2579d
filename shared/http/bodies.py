"""Reading a request's body: bounded in size, time, depth and number, and JSON in the strict sense."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import eventlet
from eventlet.wsgi import ChunkReadError
from werkzeug.wrappers import Request as WsgiRequest

from shared.errors import FieldError, Refusal, TooLarge
from shared.http.fields import NEVER
from shared.http.messages import pointer

LARGEST_BODY = 1024 * 1024  # bytes
SLOWEST_BODY = 30  # seconds until its last byte
DEEPEST = 32  # objects and lists inside each other
LARGEST_INTEGER = 2**63 - 1  # what MongoDB's 64-bit integers hold
_LONGEST_NUMBER = 40  # characters
_HALF = re.compile("[\ud800-\udfff]")  # one of the two UTF-16 surrogates without the other


class UnsupportedMediaType(Refusal):
    status, default_code = 415, "unsupported-media-type"


class TooSlow(Refusal):
    status, default_code = 408, "too-slow"


def read_json(request: WsgiRequest, largest: int = LARGEST_BODY) -> Any:
    """The JSON value in the body, {} where there is no body. Raises Refusal."""
    body = read_body(request, largest)
    if not body:
        return {}
    _check_media_type(request)
    return parse_json(body)


def read_body(request: WsgiRequest, largest: int) -> bytes:
    """All bytes of the body, chunked or not, none beyond `largest`. Raises TooLarge, TooSlow or Refusal."""
    if (request.content_length or 0) > largest:
        raise TooLarge(limit=largest)
    try:
        with eventlet.Timeout(SLOWEST_BODY):
            body: bytes = request.environ["wsgi.input"].read(largest + 1)
    except (eventlet.Timeout, TimeoutError) as error:
        raise TooSlow() from error
    except (ChunkReadError, OSError, ValueError) as error:
        raise Refusal("unreadable-body") from error
    if len(body) > largest:
        raise TooLarge(limit=largest)
    if len(body) < (request.content_length or 0):
        raise Refusal("unreadable-body")
    return body


def parse_json(body: bytes) -> Any:
    """The value, refused where two readers could understand it differently (RFC 7493, I-JSON)."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_no_constant,
        )
    except Refusal:
        raise
    except RecursionError as error:
        raise Refusal("too-deep", limit=DEEPEST) from error
    except ValueError as error:  # UnicodeDecodeError is one
        raise Refusal("not-json") from error
    _refuse_depth(value)
    return value


def hidden_characters(value: Any, path: str = "") -> Iterator[FieldError]:
    """Texts anywhere in the body that carry controls, or halves of a character."""
    if isinstance(value, str):
        code = _hidden_in(value)
        if code:
            yield FieldError(path, code)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from hidden_characters(inner, pointer(path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from hidden_characters(inner, pointer(path, index))


def _hidden_in(text: str) -> str | None:
    if NEVER.search(text):
        return "control-character"
    return None if text.isascii() or not _HALF.search(text) else "half-a-character"


def _check_media_type(request: WsgiRequest) -> None:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if request.mimetype != "application/json" or charset not in ("utf-8", "utf8") or encoding != "identity":
        raise UnsupportedMediaType()


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refusal("duplicate-key")
    if any(_hidden_in(name) for name in members):
        raise Refusal("not-json")
    return members


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER or abs(int(text)) > LARGEST_INTEGER:
        raise Refusal("number-too-large")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise Refusal("number-too-large")
    return number


def _no_constant(text: str) -> float:
    raise Refusal("not-json")


def _refuse_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise Refusal("too-deep", limit=DEEPEST)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
