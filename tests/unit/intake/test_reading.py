"""Hostile and broken mails: read for what they are, or kept as unreadable; never an error of another kind."""

from __future__ import annotations

import base64
import time
import zlib
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.intake.domain.bounces import DELAYED, DELIVERED, EXPIRED, GONE, REFUSED
from services.notifications.intake.domain.charsets import decoded
from services.notifications.intake.domain.commands import ASK, STOP, Answer
from services.notifications.intake.domain.identity import identity
from services.notifications.intake.domain.parts import html_as_text
from services.notifications.intake.domain.reading import MOST_ADDRESSES, Reading, read
from services.notifications.mail.tokens import BOUNCE, REPLY, SignedAddresses
from shared.errors import Unreadable
from tests.unit.intake.mails import QMAIL, complaint, dsn, mail

OURS = SignedAddresses("a secret of tests, longer than it has to be", "prasan@lamphun.example.org")
REPLY_TO = OURS.address(REPLY, "01KARM8P2Q4T6V8X0Z2B4D6F8H:7:0:0:3")
BOUNCE_TO = OURS.address(BOUNCE, "01KARM8P2Q4T6V8X0Z2B4D6F8H:7:0:0:3")
WORD = "หยุด"


def reading(raw: bytes, *to: str, null_sender: bool = False) -> Reading:
    return read(raw, to, null_sender, OURS.seems_ours)


def of_charset(charset: str, content: bytes, encoding: str = "8bit") -> bytes:
    return (
        f"To: {REPLY_TO}\r\nFrom: a@example.org\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    ).encode() + content


# Encodings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charset", "content"),
    [
        ("tis-620", WORD.encode("tis-620")),
        ("TIS620", WORD.encode("tis-620")),
        ("windows-874", f"“{WORD}”".encode("cp874")),
        ("iso-8859-11", WORD.encode("iso8859-11")),
        ('"utf-8"', WORD.encode()),
        ("utf-16", WORD.encode("utf-16")),
        ("unknown-8bit", WORD.encode("tis-620")),
        ("x-no-such-thing", WORD.encode()),
        ("us-ascii", WORD.encode()),
        ("us-ascii", WORD.encode("tis-620")),
        ("utf-8", WORD.encode() + b"\n\xff\xfe\x00"),
        ("zip", WORD.encode()),
        ("unicode_escape", WORD.encode()),
        ("idna", WORD.encode()),
        ("../../etc/passwd", WORD.encode()),
    ],
)
def test_thai_is_read_in_every_encoding_it_comes_in(charset: str, content: bytes) -> None:
    """Named rightly, wrongly or not at all."""
    assert reading(of_charset(charset, content)).answer == Answer(STOP)


@pytest.mark.parametrize(
    ("charset", "text"), [("iso-2022-jp", "停止"), ("iso-2022-kr", "중지"), ("gb18030", "停止")]
)
def test_other_scripts_are_questions_in_their_own_letters(charset: str, text: str) -> None:
    """Somebody reads them."""
    assert reading(of_charset(charset, text.encode(charset))).answer == Answer(ASK, text)


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-uuencode", "x-unknown", "BASE64 ;"])
def test_broken_transfer_encodings_are_read_as_far_as_they_go(encoding: str) -> None:
    """Nothing of them is an error."""
    assert reading(of_charset("utf-8", b"=E0=B8=AB%%%not*base64\n\x00\xff", encoding)) is not None


@settings(max_examples=50)
@given(st.binary(max_size=200), st.text(max_size=20))
def test_no_bytes_in_no_charset_are_an_error(content: bytes, charset: str) -> None:
    """They are text of some kind."""
    assert isinstance(decoded(content, charset), str)


# Form -----------------------------------------------------------------------------------------------------


def test_html_alone_is_read_without_what_it_quotes_and_hides() -> None:
    """As some mail programs write nothing else."""
    page = (
        f"<html><head><style>p{{}}</style><script>stop()</script></head><body><div>ราย<b>วัน</b></div>"
        f"<div>ขอบคุณ</div><blockquote>ตอบ «{WORD}»</blockquote></body></html>"
    )
    message = EmailMessage()
    message["To"] = REPLY_TO
    message.set_content(page, subtype="html")
    answer = reading(message.as_bytes()).answer
    assert answer == Answer("daily")


def test_the_plain_text_counts_before_the_page_and_before_attachments() -> None:
    """An attachment is never opened."""
    message = EmailMessage()
    message["To"] = REPLY_TO
    message.set_content(WORD)
    message.add_alternative("<p>weekly</p>", subtype="html")
    bomb = zlib.compress(b"\0" * 50_000_000, 9)
    message.add_attachment(bomb, maintype="application", subtype="zip", filename="daily.zip")
    message.add_attachment("weekly", filename="weekly.txt")
    assert reading(message.as_bytes()).answer == Answer(STOP)


def test_parts_inside_parts_come_to_an_end() -> None:
    """However deep: read, or kept as unreadable."""
    nested = "\r\n".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}' for n in range(3_000)
    )
    began = time.monotonic()
    try:
        reading(f"To: {REPLY_TO}\r\n{nested}\r\n\r\nหยุด".encode())
    except Unreadable as error:
        assert error.cause in ("too-deep", "broken-mime")
    assert time.monotonic() - began < 20


def test_ten_thousand_parts_are_not_all_looked_at() -> None:
    """The answer is in the first."""
    part = "--b\r\nContent-Type: text/html\r\n\r\n<p></p>\r\n"
    raw = f'To: {REPLY_TO}\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n{part * 10_000}--b--\r\n'
    began = time.monotonic()
    assert reading(raw.encode()).answer is None
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "page",
    ["<" * 50_000, "<p " * 20_000, "<!--" * 20_000, "&" * 50_000, "<a href='" * 10_000, "<![CDATA[" * 9_000],
)
def test_hostile_pages_cost_little(page: str) -> None:
    """Within the length that is looked at."""
    began = time.monotonic()
    html_as_text(page)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"only a body", b"\x00\x01\x02\xff" * 100, b": \r\n\r\nx"])
def test_what_has_no_headers_is_unreadable(raw: bytes) -> None:
    """It is kept with that cause, or has nothing of ours in it."""
    try:
        assert reading(raw).addresses == ()
    except Unreadable as error:
        assert error.cause in ("no-headers", "broken-mime")


@settings(max_examples=50)
@given(st.binary(max_size=2_000))
def test_no_mail_is_an_error_of_another_kind(raw: bytes) -> None:
    """Random bytes behind a header of ours."""
    try:
        reading(f"To: {REPLY_TO}\nContent-Type: multipart/report; boundary=a\n".encode() + raw)
    except Unreadable as error:
        assert error.cause


@pytest.mark.parametrize(
    "header",
    [
        "Subject: =?utf-8?b?4LmA4Lij?= =?x-no?q?=00=0d=0a?=",
        "Subject: =?utf-8?b?!!!?=",
        "From: =?tis-620?b?y8LYtA==?= <a@example.org>",
        "From: \u202e<a@example.org>",
        "Subject: a\r\n\tb\r\n c",
        "Message-ID: <" + "x" * 10_000 + "@example.org>",
        "Content-Type: text/plain; charset*=utf-8''%FF%00; name*0*=x''a",
        "Content-Type: ;;;=",
        "Content-Transfer-Encoding: =?utf-8?q?base64?=",
    ],
)
def test_hostile_headers_are_read_on_one_line(header: str) -> None:
    """Nothing in them reaches a header of ours."""
    found = reading(f"To: {REPLY_TO}\r\n{header}\r\n\r\n{WORD}".encode())
    assert "\n" not in found.sender + found.message_id
    assert len(found.message_id) <= 250


def test_injected_lines_name_no_address() -> None:
    """What stands in the body is no recipient."""
    raw = f"To: other@example.org\r\nFrom: a@example.org\r\n\r\nTo: {REPLY_TO}\r\n\r\n{WORD}"
    assert reading(raw.encode()).addresses == ()


# Addresses ------------------------------------------------------------------------------------------------


def test_the_signed_address_is_found_among_a_thousand_recipients() -> None:
    """Wherever servers write it: envelope, To, Cc, Delivered-To."""
    crowd = ", ".join(f"Somebody {n} <somebody{n}@example.org>" for n in range(1_000))
    for field in ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"):
        assert reading(f"{field}: {crowd}, <{REPLY_TO}>\r\n\r\n{WORD}".encode()).addresses == (REPLY_TO,)
    assert reading(b"To: undisclosed\r\n\r\nx", REPLY_TO).addresses == (REPLY_TO,)
    assert reading(f"To: {REPLY_TO.upper()}\r\n\r\n{WORD}".encode()).addresses == (REPLY_TO,)


def test_a_thousand_made_up_addresses_are_not_all_tried() -> None:
    """A few say enough."""
    made_up = ", ".join(f"prasan+r{n}.1.0.0.0-000000000000@lamphun.example.org" for n in range(1_000))
    assert len(reading(f"To: {made_up}\r\n\r\nx".encode()).addresses) == MOST_ADDRESSES


# Bounces and complaints -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "action", "kind"),
    [
        ("5.1.1", "failed", GONE),
        ("5.2.1", "failed", GONE),
        ("5.2.2", "failed", REFUSED),
        ("5.7.1", "failed", REFUSED),
        ("4.4.7", "failed", EXPIRED),
        ("4.4.1", "delayed", DELAYED),
        ("2.1.5", "delivered", DELIVERED),
        ("5.1.1 (bad mailbox)", "failed (permanent)", GONE),
        ("nonsense", "failed", GONE),  # its diagnostic code has none either, but the reply says 5.1.1
    ],
)
def test_delivery_status_notifications_have_a_class(status: str, action: str, kind: str) -> None:
    """RFC 3464 and RFC 3463."""
    raw = dsn(BOUNCE_TO, status, action)
    if status == "nonsense":
        raw = raw.replace(b"smtp; 550 nonsense", b"smtp; 550 5.1.1")
    bounce = reading(raw, null_sender=True).bounce
    assert bounce is not None
    assert (bounce.kind, bounce.recipient) == (kind, "c1@example.org")


def test_an_unstructured_bounce_is_understood() -> None:
    """As qmail has written it for thirty years."""
    bounce = reading(QMAIL.format(to=BOUNCE_TO).encode(), null_sender=True).bounce
    assert bounce is not None
    assert (bounce.kind, bounce.recipient) == (GONE, "c1@example.org")


@pytest.mark.parametrize("body", ["\n" * 900_000, "=\n" * 400_000, "<a@b.example.org>: x\n" * 40_000])
def test_hostile_bounces_cost_little(body: str) -> None:
    """What cannot be told from their beginning is not looked for further down."""
    head = f"From: MAILER-DAEMON@x\nTo: {BOUNCE_TO}\nContent-Type: text/plain\n\n"
    began = time.monotonic()
    assert reading(f"{head}{body}".encode(), null_sender=True).bounce is None
    assert time.monotonic() - began < 15


def test_a_complaint_names_the_mail_that_it_is_about() -> None:
    """By the signed addresses in the enclosed headers."""
    stop = OURS.address("s", "01KARM8P2Q4T6V8X0Z2B4D6F8H:7:0:0:3").replace("+", "%2B")
    found = reading(complaint(f"Return-Path: <{BOUNCE_TO}>\nList-Unsubscribe: <mailto:{stop}>"))
    assert found.complaint is not None
    assert found.complaint.unwanted
    assert BOUNCE_TO in found.enclosed
    assert len(found.enclosed) == 2


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "virus"])
def test_other_reports_ask_for_nothing(kind: str) -> None:
    """Only what a reader called unwanted is."""
    found = reading(complaint(f"Return-Path: <{BOUNCE_TO}>", kind))
    assert found.complaint is not None
    assert not found.complaint.unwanted


# Identity -------------------------------------------------------------------------------------------------


def test_a_mail_is_the_same_whatever_servers_add_and_however_lines_end() -> None:
    """And another one when anything that its writer wrote is other."""
    raw = mail(REPLY_TO, WORD)
    by_road = b"Return-Path: <a@b>\r\nReceived: by x\r\n\tfor y\r\nX-Spam: no\r\n" + raw.replace(
        b"\n", b"\r\n"
    )
    assert identity(raw) == identity(by_road)
    assert identity(raw) != identity(mail(REPLY_TO, WORD))
    assert identity(raw) != identity(raw + b"more")


def test_thai_in_base64_is_thai() -> None:
    """As every mail program sends it."""
    content = base64.encodebytes("ขอสอบถามค่ะ\nประชุมเมื่อไร".encode())
    assert reading(of_charset("utf-8", content, "base64")).answer == Answer(ASK, "ประชุมเมื่อไร")
