"""A mail is composed once per event and language; for each contact only its slots are filled.

The places of the slots are found once (`prepare`), so that filling is little more than joining strings.
Slot marks are control characters, which no cleaned text of a person can contain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape

SLOTS = ("greeting", "part_label", "part", "why", "action", "closing", "reference", "notice")

_OPEN, _CLOSE = "\x02", "\x03"
_MARK = re.compile(f"{_OPEN}([+-]?)(\\w+){_CLOSE}")
_ALONE = re.compile(r"(<(p|li)\b[^<>]*>)\Z")


def slot_mark(name: str) -> str:
    """Stands where the slot's value goes."""
    return f"{_OPEN}{name}{_CLOSE}"


def begin_mark(name: str) -> str:
    """Starts what disappears when the slot is empty."""
    return f"{_OPEN}+{name}{_CLOSE}"


def end_mark(name: str) -> str:
    """Ends what disappears when the slot is empty."""
    return f"{_OPEN}-{name}{_CLOSE}"


@dataclass(frozen=True)
class Composed:
    """A mail with slot marks inside, stored once per (event, language)."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class _Piece:
    """Fixed characters, then a slot's value; both left out when the slot `within` is empty."""

    fixed: str
    slot: str = ""
    within: str = ""
    lead: str = ""  # the space between a label and its value, where a list of lines needs none
    between: str = "\n"  # what separates the lines of a value


@dataclass(frozen=True)
class Prepared:
    """A composed mail cut at its slots. Keep one for each (event, language) and fill it per contact."""

    text: tuple[_Piece, ...] = field(repr=False)
    html: tuple[_Piece, ...] = field(repr=False)

    def fill(self, slots: Mapping[str, str]) -> tuple[str, str]:
        """The text and the HTML for one contact; values are plain text, escaped here."""
        return _join(self.text, slots, _as_text), _join(self.html, slots, _as_html)


def prepare(composed: Composed) -> Prepared:
    """Cut text and HTML at their marks. Raises ValueError for a mark that names no slot."""
    return Prepared(_cut(composed.text, _text_piece), _cut(composed.html, _html_piece))


def fill(composed: Composed, slots: Mapping[str, str]) -> tuple[str, str]:
    """The text and the HTML for one contact, with the cutting remembered for recent mails."""
    return _prepared(composed).fill(slots)


@lru_cache(maxsize=16)
def _prepared(composed: Composed) -> Prepared:
    return prepare(composed)


def _cut(marked: str, piece: Callable[[str, str, str], _Piece]) -> tuple[_Piece, ...]:
    pieces: list[_Piece] = []
    within, at = "", 0
    for mark in _MARK.finditer(marked):
        fixed, (sign, name) = marked[at : mark.start()], mark.groups()
        if name not in SLOTS:
            raise ValueError(f"no slot is called {name}")
        pieces.append(_Piece(fixed, within=within) if sign else piece(fixed, name, within))
        within = {"+": name, "-": ""}.get(sign, within)
        at = mark.end()
    return tuple(p for p in (*pieces, _Piece(marked[at:])) if p.fixed or p.slot)


def _text_piece(fixed: str, slot: str, within: str) -> _Piece:
    """After a label, several lines become a list under it."""
    if fixed.endswith(": "):
        return _Piece(fixed[:-1], slot, within, lead=" ", between="\n- ")
    return _Piece(fixed, slot, within)


def _html_piece(fixed: str, slot: str, within: str) -> _Piece:
    """Lines alone in a paragraph become paragraphs; elsewhere they are broken."""
    alone = _ALONE.search(fixed)
    return _Piece(fixed, slot, within, between=f"</{alone[2]}>{alone[1]}" if alone else "<br>")


def _join(pieces: tuple[_Piece, ...], slots: Mapping[str, str], written: Callable[[_Piece, str], str]) -> str:
    parts: list[str] = []
    for piece in pieces:
        if piece.within and not slots.get(piece.within):
            continue
        parts.append(piece.fixed)
        if piece.slot:
            parts.append(written(piece, slots.get(piece.slot, "")))
    return "".join(parts)


def _as_text(piece: _Piece, value: str) -> str:
    if "\n" not in value:
        return piece.lead + value
    return (piece.between if piece.lead else "") + value.replace("\n", piece.between)


def _as_html(piece: _Piece, value: str) -> str:
    return escape(value).replace("\n", piece.between)
