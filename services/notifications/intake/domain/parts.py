"""The parts of a mail, without recursion: nesting is bounded, embedded messages stay closed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from html import unescape
from typing import TypeAlias

from services.notifications.intake.domain.charsets import decoded

AnyMessage: TypeAlias = "Message[str, str]"

MOST_PARTS = 200
LONGEST_TEXT = 100_000  # characters of a part that are looked at
_UNSEEN = frozenset({"script", "style", "head", "title", "blockquote"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table", "hr"})
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<closes>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)?[^<>]*(?:>|(?=<)|\Z)", re.DOTALL
)


def parts(message: AnyMessage) -> Iterator[AnyMessage]:
    """Every part in its order, the message itself first; not what is inside an embedded message."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        yield part
        if part.get_content_maintype() != "message":
            waiting[:0] = inside(part)[:MOST_PARTS]


def inside(part: AnyMessage) -> list[AnyMessage]:
    """The parts of a part, or the blocks of a delivery status; none where it has none."""
    payload = part.get_payload() if part.is_multipart() else None
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def text_of(message: AnyMessage) -> str:
    """What its writer wrote: the first plain text with something in it, else the first HTML as text."""
    found = [part for part in parts(message) if _is_shown(part)]
    plain = (_content(part) for part in found if part.get_content_type() == "text/plain")
    written = next((text for text in plain if text.strip()), "")
    if written:
        return written
    pages = (_content(part) for part in found if part.get_content_type() == "text/html")
    return next((text for text in map(html_as_text, pages) if text.strip()), "")


def content_of(part: AnyMessage) -> bytes:
    """The part's bytes without their transfer encoding.

    Python's parser would first decode them as the charset says, and some charsets raise: it is hidden.
    """
    content_type = part.get("content-type")
    del part["content-type"]
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, AssertionError):  # broken beyond what the parser forgives
        return b""
    finally:
        if content_type is not None:
            part["content-type"] = content_type
    return payload if isinstance(payload, bytes) else b""


def html_as_text(page: str) -> str:
    """The words of a page, a line for each block; without what it quotes or hides.

    In one pass: Python's own parser takes minutes for a hundred kilobytes of what no browser wrote.
    """
    words: list[str] = []
    hidden: list[str] = []
    at = 0
    for tag in _TAG.finditer(page):
        if not hidden:
            words.append(" ".join(unescape(page[at : tag.start()]).split(None)) or " ")
        at = tag.end()
        name, closes = (tag["name"] or "").lower(), bool(tag["closes"])
        if name in _UNSEEN and not closes:
            hidden.append(name)
        elif hidden and name == hidden[-1] and closes:
            hidden.pop()
        elif name in _BREAKS:
            words.append("\n")
    return "".join([*words, "" if hidden else " ".join(unescape(page[at:]).split())])


def _is_shown(part: AnyMessage) -> bool:
    return part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment"


def _content(part: AnyMessage) -> str:
    content = content_of(part)[: 4 * LONGEST_TEXT]
    return decoded(content, _charset(part)).replace("\r\n", "\n").replace("\r", "\n")[:LONGEST_TEXT]


def _charset(part: AnyMessage) -> str | None:
    try:
        charset = part.get_param("charset")
    except (TypeError, ValueError, LookupError):  # a parameter in parts (RFC 2231) that are none
        return None
    return charset if isinstance(charset, str) else None
