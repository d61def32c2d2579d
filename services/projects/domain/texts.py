"""Texts in two languages, and how a search compares them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

# What looks the same on a Thai screen but is typed in two ways.
_TYPED_TWICE = (("\u0e4d\u0e32", "\u0e33"), ("\u0e40\u0e40", "\u0e41"))  # ํา → ำ, เเ → แ
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


@dataclass(frozen=True)
class Text:
    """A text in Thai and, where somebody wrote one, in English."""

    th: str
    en: str | None = None


def folded(text: str) -> str:
    """The text as a search compares it: composed, caseless, one spelling of each Thai sign."""
    plain = unicodedata.normalize("NFC", text).translate(_INVISIBLE).casefold()
    for typed, meant in _TYPED_TWICE:
        plain = plain.replace(typed, meant)
    return " ".join(plain.split())
