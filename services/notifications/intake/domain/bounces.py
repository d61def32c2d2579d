"""What a bounce says of an address: RFC 3464 where the server wrote it, flufl.bounce where it wrote its own.

| class | when | what becomes of it |
| --- | --- | --- |
| `gone` | 5.1.1, 5.1.2, 5.1.3, 5.1.6, 5.2.1 | bounced; the address is suppressed at once |
| `refused` | every other 5.x.x, or no code | bounced; the third within 30 days suppresses the address |
| `expired` | given up after 4.x.x | bounced, nothing more: the server was away |
| `delayed` | the server still tries | nothing |
| `delivered` | a success that nobody asked for | nothing |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.utils import parseaddr

from flufl.bounce import all_failures

from services.notifications.domain.replies import SUPPRESSING
from services.notifications.intake.domain.headers import field, has
from services.notifications.intake.domain.parts import AnyMessage, inside, parts, text_of

GONE, REFUSED, EXPIRED, DELAYED, DELIVERED = "gone", "refused", "expired", "delayed", "delivered"
FINAL = frozenset({GONE, REFUSED, EXPIRED})
REFUSALS_TO_SUPPRESS = 3
REFUSALS_WITHIN_DAYS = 30

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_LARGEST_TO_GUESS = 30_000  # bytes of an unstructured bounce that are searched: a megabyte takes minutes
_NO_CODE = "5.0.0"  # RFC 3463: "other undefined status"
_ACTIONS = ("failed", "error", "delayed", "delivered", "relayed", "expanded")


@dataclass(frozen=True)
class Bounce:
    """One failure: its class, the code (RFC 3463) and the address that failed, '' where unknown."""

    kind: str
    status: str
    recipient: str = ""


def bounce_in(message: AnyMessage, raw: bytes) -> Bounce | None:
    """The worst that the message, read from these bytes, says; None where it is no bounce."""
    structured = list(_structured(message))
    if structured:
        return min(structured, key=lambda bounce: _WORST_FIRST.index(bounce.kind))
    return _unstructured(message_from_bytes(raw[:_LARGEST_TO_GUESS]))


_WORST_FIRST = (GONE, REFUSED, EXPIRED, DELAYED, DELIVERED)


def _structured(message: AnyMessage) -> Iterator[Bounce]:
    """One for each recipient of each delivery-status part."""
    for part in parts(message):
        for block in inside(part) if part.get_content_type() == "message/delivery-status" else ():
            action = field(block, "action").lower()
            if has(block, "final-recipient") and action.startswith(_ACTIONS):
                yield _reported(block, action)


def _reported(block: AnyMessage, action: str) -> Bounce:
    found = _STATUS.search(field(block, "status")) or _STATUS.search(field(block, "diagnostic-code"))
    status = found[1] if found else ""
    recipient = field(block, "original-recipient") or field(block, "final-recipient")
    return Bounce(_kind(action, status), status or _NO_CODE, parseaddr(recipient.rpartition(";")[2])[1])


def _kind(action: str, status: str) -> str:
    if action.startswith("delayed"):
        return DELAYED
    if not action.startswith(("failed", "error")) or status.startswith("2."):
        return DELIVERED
    if status.startswith("4."):
        return EXPIRED
    return GONE if status in SUPPRESSING else REFUSED


def _unstructured(message: AnyMessage) -> Bounce | None:
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # its detectors know many servers, and not every hostile mail
        return None
    if permanent:
        found = _STATUS.search(text_of(message))
        status = found[1] if found and found[1][0] == "5" else ""
        kind = GONE if status in SUPPRESSING else REFUSED
        return Bounce(kind, status or _NO_CODE, _one(permanent))
    return Bounce(DELAYED, "", _one(temporary)) if temporary else None


def _one(addresses: frozenset[bytes]) -> str:
    return sorted(addresses)[0].decode("ascii", "replace")
