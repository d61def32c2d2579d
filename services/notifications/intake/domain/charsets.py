"""Bytes in whatever encoding a mail says, or forgets to say, become text; never an error."""

from __future__ import annotations

import codecs
import re

# What is called TIS-620 is usually Windows-874, which adds quotation marks and a space to it.
_THAI = "cp874"
_THAI_NAMES = frozenset({
    "tis620", "iso885911", "windows874", "xwindows874", "cp874", "dos874", "thai", "xmacthai", "macthai",
})  # fmt: skip
_NO_ENCODING_OF_TEXT = frozenset({"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"})
_HIGH = re.compile(rb"[\xa1-\xfb]{2}")


def decoded(content: bytes, charset: str | None) -> str:
    """The text; characters that cannot be are replaced."""
    name = _codec(charset)
    if name is None or name == "ascii":
        return _guessed(content)
    return content.decode(name, "replace")


def _codec(charset: str | None) -> str | None:
    """Python's name of the encoding; None for none, or for one that is no encoding of text."""
    given = (charset or "").strip().strip("\"'").lower()
    if re.sub(r"[^a-z0-9]", "", given) in _THAI_NAMES:
        return _THAI
    try:
        found = codecs.lookup(given)
    except (LookupError, ValueError):
        return None
    readable = (
        getattr(found, "_is_text_encoding", True) and found.name.replace("-", "_") not in _NO_ENCODING_OF_TEXT
    )
    return found.name if readable else None


def _guessed(content: bytes) -> str:
    """UTF-8 where it is that; else Thai, where two high bytes stand side by side; else Latin."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(_THAI if _HIGH.search(content) else "latin-1", "replace")
