"""What people wrote, made safe to stand in a mail: no control characters, no links, no runaway marks.

Since 18 November 2025 Thai state agencies may not send links by email, and mail programs turn every
address of a page into one; so an address that somebody typed into a title is taken out.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import regex  # type: ignore[import-untyped]  # it ships no types; needed for Unicode properties

from shared.thai import cut

# Cc without line feed, the bidirectional controls, lone surrogates: none of them belongs in a text.
_FORBIDDEN = regex.compile(r"[\p{Cc}\u202A-\u202E\u2066-\u2069\u2028\u2029--\n]|\p{Cs}", regex.V1)
_MANY_MARKS = regex.compile(r"(\p{M}{6})\p{M}+")
_SPACES = regex.compile(r"\s+")
_EDGES = regex.compile(r"[^\S\n]*\n\s*")
_RIGHT_TO_LEFT = regex.compile(r"[\p{bidi_class=R}\p{bidi_class=AL}]")
_LINK = regex.compile(
    r"(?:[a-z][a-z0-9+.-]{1,15}://|www\.|mailto:)[^\s<>«»“”\"]+"
    r"|(?<![a-z0-9@_-])(?<![a-z0-9]\.)(?:[a-z0-9-]+\.)+"
    r"(?:com|org|net|info|biz|io|me|co|app|link|site|online|xyz|asia|edu|gov|th|ly|gl|ru|cn)"
    r"(?![a-z0-9@_-])(?:[/?#][^\s<>«»“”\"]*)?",
    regex.IGNORECASE,
)
_LINKISH = regex.compile(r"://|\.\w|:\w")
_FIRST_STRONG, _POP = "\u2068", "\u2069"  # Unicode's isolates, understood in text and HTML alike

LONGEST_LINE, LONGEST_PARAGRAPH = 300, 4000  # characters as a reader sees them
PARAGRAPHS = frozenset({"note", "reason"})


def clean_data(value: Any, link_removed: str, paragraph: bool = False) -> Any:
    """The same JSON with every string cleaned; texts called `note` or `reason` keep their lines."""
    if isinstance(value, str):
        return clean(value, link_removed, paragraph)
    if isinstance(value, dict):
        return {
            name: clean_data(inner, link_removed, paragraph or name in PARAGRAPHS)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [clean_data(inner, link_removed, paragraph) for inner in value]
    return value


@lru_cache(maxsize=4096)
def clean(text: str, link_removed: str, paragraph: bool = False) -> str:
    """One string that can harm neither a header, nor a layout, nor a reader."""
    if text.isascii() and text.isalnum():
        return text
    text = _MANY_MARKS.sub(r"\1", _FORBIDDEN.sub(" ", text))
    if _LINKISH.search(text):
        text = _LINK.sub(link_removed, text)
    return isolate(_paragraph(text) if paragraph else _line(text))


def isolate(text: str) -> str:
    """A text with right-to-left letters cannot turn round what stands beside it."""
    if not _RIGHT_TO_LEFT.search(text):
        return text
    return "\n".join(f"{_FIRST_STRONG}{line}{_POP}" for line in text.split("\n"))


def cut_clean(text: str, most: int) -> str:
    """The beginning of a cleaned text, isolated again where the cut took the isolate's end away."""
    return isolate(cut(text.replace(_FIRST_STRONG, "").replace(_POP, ""), most))


def _paragraph(text: str) -> str:
    return cut(str(_EDGES.sub("\n", text)).strip(), LONGEST_PARAGRAPH)


def _line(text: str) -> str:
    return cut(str(_SPACES.sub(" ", text)).strip(), LONGEST_LINE)
