"""The parts of a mail, without recursion: nesting is bounded, embedded messages stay closed."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from html.parser import HTMLParser
from typing import TypeAlias

from services.notifications.intake.domain.charsets import decoded

AnyMessage: TypeAlias = "Message[str, str]"

MOST_PARTS = 200
LONGEST_TEXT = 100_000  # characters of a part that are looked at
_UNSEEN = frozenset({"script", "style", "head", "title", "blockquote"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table", "hr"})


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
    payload = part.get_payload()
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
    """The part's bytes without their transfer encoding."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, AssertionError):  # broken beyond what the parser forgives
        return b""
    return payload if isinstance(payload, bytes) else b""


def html_as_text(page: str) -> str:
    """The words of a page, a line for each block; without what it quotes."""
    reader = _Words()
    try:
        reader.feed(page)
        reader.close()
    except (ValueError, AssertionError):  # what the parser gives up on is read up to there
        pass
    return "".join(reader.words)


def _is_shown(part: AnyMessage) -> bool:
    return part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment"


def _content(part: AnyMessage) -> str:
    content = content_of(part)[: 4 * LONGEST_TEXT]
    charset = part.get_param("charset")
    named = charset if isinstance(charset, str) else None
    return decoded(content, named).replace("\r\n", "\n").replace("\r", "\n")[:LONGEST_TEXT]


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN and self._unseen:
            self._unseen -= 1
        if tag in _BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(" ".join(data.split()) if data.strip() else " ")
