"""Header fields of a mail that anybody may have written, read without trust and without errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.header import decode_header
from email.utils import parseaddr

from services.notifications.intake.domain.charsets import decoded
from services.notifications.intake.domain.parts import AnyMessage

LONGEST_FIELD = 4_000  # characters of one field that are looked at
MOST_FIELDS = 40  # of one name
LONGEST_RECIPIENTS = 100_000  # characters: a thousand recipients
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_RECIPIENTS = (
    "to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to",
    "resent-to", "resent-cc", "apparently-to",
)  # fmt: skip


def field(message: AnyMessage, name: str) -> str:
    """The first field of this name as one line of text; '' where there is none."""
    raw = next(iter(raw_fields(message, name)), "")
    return " ".join(_CONTROL.sub(" ", _words(raw)).split())


def raw_fields(message: AnyMessage, name: str, longest: int = LONGEST_FIELD) -> Iterator[str]:
    """Every field of this name as it stands, unfolded."""
    for value in (message.get_all(name) or [])[:MOST_FIELDS]:
        yield re.sub(r"[\r\n]+[ \t]*", " ", str(value))[:longest]


def has(message: AnyMessage, name: str) -> bool:
    return message.get(name) is not None


def recipients(message: AnyMessage) -> str:
    """All fields that name whom the mail was for, as one text to search."""
    found = (value for name in _RECIPIENTS for value in raw_fields(message, name, LONGEST_RECIPIENTS))
    return "\n".join(found)


def sender(message: AnyMessage) -> str:
    """The address in From, or ''. Nothing may rest on it: anybody can write it."""
    return parseaddr(field(message, "from"))[1][:254]


def _words(raw: str) -> str:
    """Encoded words (RFC 2047) decoded, others as they stand."""
    try:
        found = decode_header(raw)
    except (ValueError, LookupError, AssertionError):
        return raw
    return "".join(text if isinstance(text, str) else decoded(text, charset) for text, charset in found)
