"""Mails that come back, as mail programs and servers write them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

PERSON = "somebody@company.example.org"
_numbers = iter(range(1, 1_000_000))


def mail(
    to: str, text: str, subject: str = "Re: แล้วเสร็จ: อบรม", sender: str = PERSON, **headers: str
) -> bytes:
    """A person's answer; `headers` have underscores for hyphens."""
    message = EmailMessage()
    message["From"] = f"กมลวรรณ <{sender}>"
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(datetime(2026, 11, 23, 5, 0, tzinfo=UTC))
    message["Message-ID"] = f"<answer-{next(_numbers)}@company.example.org>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def dsn(to: str, status: str, action: str = "failed", recipient: str = "c1@example.org") -> bytes:
    """A delivery status notification (RFC 3464)."""
    lines = f"""From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: Mon, 23 Nov 2026 12:00:00 +0700
Message-ID: <dsn-{next(_numbers)}@mx.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--B
Content-Type: text/rfc822-headers

From: prasan@lamphun.example.org
Subject: =?utf-8?b?4LmB4Lil4LmJ4Lin?=

--B--
"""
    return lines.encode()


QMAIL = """From: MAILER-DAEMON@qmail.example.org
To: {to}
Subject: failure notice
Date: Mon, 23 Nov 2026 12:00:00 +0700

Hi. This is the qmail-send program at qmail.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<c1@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.
"""


def complaint(original_headers: str, kind: str = "abuse") -> bytes:
    """A feedback report (RFC 5965) about a mail with these headers."""
    return f"""From: feedback@provider.example.org
To: prasan@lamphun.example.org
Subject: complaint about message
Date: Mon, 23 Nov 2026 12:00:00 +0700
Message-ID: <arf-{next(_numbers)}@provider.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

This is an email abuse report.

--B
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Provider/1.0
Version: 1

--B
Content-Type: message/rfc822

{original_headers}
Subject: hello

body
--B--
""".encode()
