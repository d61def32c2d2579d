"""Short letters on the wire, marked so that no other machine answers them (RFC 3834)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from services.notifications.mail.headers import field, mailbox
from services.notifications.mail.message import Mail, Sender, base64_lines
from shared.calendar import BANGKOK

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,240}>")
_PLAIN = b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
_HTML = b'Content-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'


@dataclass(frozen=True)
class NoteForm:
    """`note_id` decides the Message-ID: the same note sent twice is one mail. `in_reply_to` is what it
    answers, written by somebody else and used only where it has the form of a Message-ID."""

    sender: Sender
    note_id: str
    subject: str
    text: str
    html: str
    reply_to: str = ""
    in_reply_to: str = ""
    is_answer: bool = False

    def write(self, name: str, address: str, now: datetime) -> Mail:
        """For one reader, from the null sender, so that nothing of it can ever bounce to us.

        Raises HostileHeader for a name or an address with a line break.
        """
        digest = hashlib.sha256(f"note\n{self.note_id}".encode()).hexdigest()
        mark = f"=_prasan_{digest[:16]}"
        headers = [
            mailbox("To", name, address),
            field("Date", format_datetime(now.replace(microsecond=0).astimezone(BANGKOK))),
            field("Message-ID", f"<{digest[:40]}@{self.sender.domain}>"),
            mailbox("From", self.sender.name, self.sender.address),
            *([field("Reply-To", f"<{self.reply_to}>")] if self.reply_to else []),
            *self._thread(),
            field("Subject", self.subject),
            field("MIME-Version", "1.0"),
            field("Content-Type", f'multipart/alternative; boundary="{mark}"'),
            field("Auto-Submitted", "auto-replied" if self.is_answer else "auto-generated"),
            field("Precedence", "bulk"),
            field("X-Auto-Response-Suppress", "All"),
        ]
        begin = f"--{mark}\r\n".encode("ascii")
        body = (begin, _PLAIN, base64_lines(self.text), begin, _HTML, base64_lines(self.html))
        return Mail("", address, b"".join((*headers, b"\r\n", *body, f"--{mark}--\r\n".encode("ascii"))))

    def _thread(self) -> list[bytes]:
        if not _MESSAGE_ID.fullmatch(self.in_reply_to):
            return []
        return [f"{name}: {self.in_reply_to}\r\n".encode("ascii") for name in ("In-Reply-To", "References")]
