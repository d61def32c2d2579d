"""Mails built fast: what all mails of one event and language share is made once, the rest per contact."""

from __future__ import annotations

import binascii
import hashlib
import struct
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from services.notifications.mail.headers import field, mailbox
from services.notifications.mail.tokens import BOUNCE, REPLY, STOP, SignedAddresses
from shared.calendar import BANGKOK

_LINE = 76  # characters of base 64 (RFC 2045, 6.8)
_PLAIN = b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
_HTML = b'Content-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'


@dataclass(frozen=True)
class Sender:
    """Who the mails come from."""

    address: str
    name: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Mail:
    """A message ready for the wire: envelope, and data without the final dot but dot-stuffed."""

    envelope_from: str
    recipient: str
    data: bytes


class MailForm:
    """The fixed part of every mail about one event in one language."""

    def __init__(self, sender: Sender, event_id: str, event_type: str, subject: str) -> None:
        self._event_id = event_id
        self._domain = sender.domain
        # Base 64 has no "_": no line of a body can be taken for a boundary.
        boundary = f"=_prasan_{hashlib.sha256(event_id.encode()).hexdigest()[:16]}"
        self._head = b"".join((
            mailbox("From", sender.name, sender.address),
            field("Subject", subject),
            field("MIME-Version", "1.0"),
            field("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
            field("Auto-Submitted", "auto-generated"),
            field("Feedback-ID", f"{_label(event_id)}:{_label(event_type)}:prasan:{sender.domain}"),
        ))  # fmt: skip
        mark = f"--{boundary}".encode("ascii")
        self._before_text = b"\r\n" + mark + b"\r\n" + _PLAIN
        self._before_html = mark + b"\r\n" + _HTML
        self._end = mark + b"--\r\n"

    def message_id(self, contact_id: str) -> str:
        """The same for the same event and contact, however often it is sent."""
        digest = hashlib.sha256(f"{self._event_id}\n{contact_id}".encode()).hexdigest()[:40]
        return f"<{digest}@{self._domain}>"

    def write(
        self,
        *,
        delivery_id: str,
        contact_id: str,
        name: str,
        address: str,
        signed: SignedAddresses,
        now: datetime,
        text: str,
        html: str,
        stop_page: str = "",
    ) -> Mail:
        """One contact's mail. With a `stop_page` it can be stopped by one click as well (RFC 8058).

        Raises HostileHeader for a name or an address with a line break.
        """
        stop = signed.address(STOP, delivery_id)
        one_click = ("", "")
        if stop_page:
            one_click = (f"<{stop_page}>,\r\n ", "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
        headers = (
            f"Date: {_date(now.replace(microsecond=0))}\r\n"
            f"Message-ID: {self.message_id(contact_id)}\r\n"
            f"Reply-To: <{signed.address(REPLY, delivery_id)}>\r\n"
            f"List-Unsubscribe: {one_click[0]}<mailto:{stop.replace('+', '%2B')}?subject=unsubscribe>\r\n"
            f"{one_click[1]}"
        )
        data = b"".join((
            mailbox("To", name, address), headers.encode("ascii"), self._head,
            self._before_text, base64_lines(text), self._before_html, base64_lines(html), self._end,
        ))  # fmt: skip
        return Mail(signed.address(BOUNCE, delivery_id), address, data)


def base64_lines(text: str) -> bytes:
    """Base 64 of the text in UTF-8 with CR LF between its lines, in lines of 76 characters.

    No line can begin with a dot, so nothing here needs dot-stuffing.
    """
    content = text.encode("utf-8", "replace")
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
    content = content.replace(b"\n", b"\r\n")
    whole = binascii.b2a_base64(content, newline=False)
    full_lines = len(whole) // _LINE
    # Cutting with a struct takes half the time of cutting with slices.
    lines = _cutter(full_lines).unpack_from(whole)
    return b"\r\n".join((*lines, whole[full_lines * _LINE :])) + b"\r\n"


@lru_cache(maxsize=512)
def _cutter(lines: int) -> struct.Struct:
    return struct.Struct(f"{_LINE}s" * lines)


@lru_cache(maxsize=4)
def _date(now: datetime) -> str:
    return format_datetime(now.astimezone(BANGKOK))


def _label(text: str) -> str:
    """Feedback-ID is divided by colons, so its parts have none."""
    return text.replace(":", ".")
