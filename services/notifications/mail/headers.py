"""Header fields. Names are fixed here; values with a line break are refused (header injection)."""

from __future__ import annotations

import binascii
import re

_HOSTILE = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_MOST_BYTES = 42  # of UTF-8 in one encoded word: 12 + 56 characters, well within the 75 of RFC 2047


class HostileHeader(ValueError):
    """A header value holds a control character: whoever wrote it meant to write headers of his own."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the value of {name} holds a control character")


def field(name: str, value: str) -> bytes:
    """`name: value` and CR LF, in encoded words where the value is not ASCII. Raises HostileHeader."""
    if _HOSTILE.search(value):
        raise HostileHeader(name)
    return f"{name}: {encoded(value)}\r\n".encode("ascii")


def mailbox(name: str, display: str, address: str) -> bytes:
    """A header of one mailbox: `To: display <address>`. Raises HostileHeader."""
    if _HOSTILE.search(display) or _HOSTILE.search(address):
        raise HostileHeader(name)
    if not display:
        return f"{name}: <{address}>\r\n".encode("ascii")
    words = _words(display)
    return f"{name}: {words}\r\n <{address}>\r\n".encode("ascii")


def encoded(value: str) -> str:
    """Short ASCII as it stands, anything else as encoded words (RFC 2047), folded."""
    if value.isascii() and len(value) < 200 and "=?" not in value:
        return value
    return _words(value)


def _words(value: str) -> str:
    return "\r\n ".join(
        f"=?utf-8?b?{binascii.b2a_base64(part, newline=False).decode('ascii')}?=" for part in _parts(value)
    )


def _parts(value: str) -> list[bytes]:
    """UTF-8 in pieces that break no character."""
    whole = value.encode("utf-8", "replace")
    if len(whole) <= _MOST_BYTES:
        return [whole]
    parts, start = [], 0
    while start < len(whole):
        end = min(start + _MOST_BYTES, len(whole))
        while end < len(whole) and whole[end] & 0xC0 == 0x80:
            end -= 1
        parts.append(whole[start:end])
        start = end
    return parts
