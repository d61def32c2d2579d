"""Complaints: a mailbox provider tells that a reader called a mail unwanted (ARF, RFC 5965)."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_string
from urllib.parse import unquote

from services.notifications.intake.domain.charsets import decoded
from services.notifications.intake.domain.headers import field, raw_fields
from services.notifications.intake.domain.parts import AnyMessage, content_of, inside, parts

UNWANTED = frozenset({"abuse", "fraud", "other", "opt-out", "opt-out-list"})
_OUR_FIELDS = ("return-path", "reply-to", "list-unsubscribe", "x-original-to", "original-mail-from")
_LARGEST = 200_000  # characters of the enclosed mail


@dataclass(frozen=True)
class Complaint:
    """`enclosed` is a text that holds the signed addresses of the mail complained about."""

    kind: str
    enclosed: str

    @property
    def unwanted(self) -> bool:
        """not-spam and auth-failure ask for nothing."""
        return self.kind in UNWANTED


def complaint_in(message: AnyMessage) -> Complaint | None:
    """None where the message is no feedback report."""
    if message.get_content_type() != "multipart/report":
        return None
    report = enclosed = None
    for part in parts(message):
        kind = part.get_content_type()
        if kind == "message/feedback-report":
            report = _headers(part)
        elif kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
            enclosed = enclosed or _headers(part)
    if report is None:
        return None
    named = [value for each in (enclosed, report) if each for name in _OUR_FIELDS
             for value in raw_fields(each, name)]  # fmt: skip
    return Complaint(field(report, "feedback-type").lower() or "other", unquote("\n".join(named)))


def _headers(part: AnyMessage) -> AnyMessage:
    """The fields inside a part, whether the parser has opened it or not."""
    opened = inside(part)
    return opened[0] if opened else message_from_string(decoded(content_of(part), None)[:_LARGEST].lstrip())
