"""Mails as bytes: headers, parts, signed addresses, DKIM."""

from __future__ import annotations

import base64
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.mail.headers import HostileHeader, field, mailbox
from services.notifications.mail.message import Mail, MailForm, Sender, base64_lines
from services.notifications.mail.signing import DkimSigner, dkim_signer
from services.notifications.mail.tokens import BOUNCE, REPLY, STOP, SignedAddresses, hashed_token
from shared.errors import Misconfigured
from tests.unit.notifications.scenes import NOW, SECRET

FROM = "prasan@lamphun.example.org"
EVENT, DELIVERY = "01JABCDEFGHJKMNPQRSTVWXYZ0:12", "01JABCDEFGHJKMNPQRSTVWXYZ0:12:0:3:17"
ADDRESSES = SignedAddresses(SECRET, FROM)
SUBJECT = "แล้วเสร็จ: อบรมคัดแยกขยะ 50 ครั้ง ครบทุกตำบล 🎉 \u200fשלום"
TEXT = "เรียน คุณกมลวรรณ\n\n.ขึ้นต้นด้วยจุด\nลงท้าย 🎉\n"


def mail(**given: Any) -> Mail:
    form = MailForm(Sender(FROM, "จังหวัดลำพูน (ประสาน)"), EVENT, "projects.milestone.reached.v1", SUBJECT)
    usual = {
        "delivery_id": DELIVERY,
        "contact_id": "01JCONTACT",
        "name": "กมลวรรณ ใจงาม ณ ลำพูน ผู้มีชื่อยาวเป็นพิเศษ",
        "address": "kamonwan@example.org",
        "signed": ADDRESSES,
        "now": NOW,
        "text": TEXT,
        "html": f"<p>{TEXT}</p>",
    }
    return form.write(**{**usual, **given})


def parsed(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_reader_sees_what_was_written() -> None:
    """Thai, emoji and right-to-left text come back whole from headers and both parts."""
    message = parsed(mail().data)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert message["Subject"] == SUBJECT
    assert plain.get_content().replace("\r\n", "\n") == TEXT
    assert TEXT in html.get_content().replace("\r\n", "\n")
    assert getaddresses([message["To"]])[0][1] == "kamonwan@example.org"
    assert not message.defects


def test_the_wire_has_short_ascii_lines_and_none_that_begins_with_a_dot() -> None:
    """No server has to fold or stuff anything (RFC 5321, 4.5.3.1.6; RFC 2047: 76 characters)."""
    lines = mail().data.split(b"\r\n")
    assert all(line.isascii() and len(line) <= 150 and not line.startswith(b".") for line in lines)
    assert b"\n" not in mail().data.replace(b"\r\n", b"")


def test_fixed_headers_say_what_machines_need() -> None:
    """RFC 3834, RFC 2369, and a date in Lamphun."""
    message = parsed(mail().data)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"].startswith("<mailto:prasan%2Bs")
    assert message["Feedback-ID"].count(":") == 3
    assert parsedate_to_datetime(message["Date"]) == NOW
    assert "+0700" in message["Date"]


def test_the_message_id_is_the_same_however_often_it_is_sent() -> None:
    """The same event and contact, the same id; another contact, another."""
    first, again = parsed(mail().data), parsed(mail(delivery_id="another:1:0:0:0").data)
    other = parsed(mail(contact_id="01JOTHER").data)
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]


@pytest.mark.parametrize("value", ["a\r\nBcc: b@example.org", "a\nb", "a\rb", "a\x00b", "a\x0bb"])
def test_a_line_break_in_a_value_is_refused(value: str) -> None:
    """Nobody writes headers of his own into ours."""
    with pytest.raises(HostileHeader):
        mail(name=value)
    with pytest.raises(HostileHeader):
        mail(address=f"{value}@example.org")
    with pytest.raises(HostileHeader):
        field("Subject", value)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300))
def test_any_name_comes_back_whole(name: str) -> None:
    """Encoded words break no character."""
    header = parsed(mailbox("To", name, "a@example.org") + b"\r\n")["To"]
    (found,) = header.addresses
    assert found.addr_spec == "a@example.org"
    # The standard library's parser leaves the space between two encoded words of a phrase in.
    assert "".join(found.display_name.split()) == "".join(name.split())


@given(st.text(max_size=2000))
def test_base64_lines_hold_any_text(text: str) -> None:
    """76 characters a line at most."""
    lines = base64_lines(text)
    assert all(len(line) <= 76 for line in lines.split(b"\r\n"))
    decoded = base64.b64decode(lines).decode()
    assert decoded.replace("\r\n", "\n") == text.encode("utf-8", "replace").decode().replace("\r\n", "\n")


@pytest.mark.parametrize("purpose", [BOUNCE, REPLY, STOP])
def test_a_signed_address_names_its_delivery(purpose: str) -> None:
    """In lower case too, as some mail systems return it; and only for its own purpose."""
    address = ADDRESSES.address(purpose, DELIVERY)
    assert len(address.partition("@")[0]) <= 64
    assert ADDRESSES.read(purpose, address.upper()) == DELIVERY.lower().replace(":", ".")
    for other in {BOUNCE, REPLY, STOP} - {purpose}:
        assert ADDRESSES.read(other, address) is None


@pytest.mark.parametrize(
    "address",
    [
        FROM,
        "prasan+b@lamphun.example.org",
        "prasan+b01j.12.0.3.17-aaaaaaaaaa@lamphun.example.org",
        "prasan+b-@lamphun.example.org",
        "somebody@example.org",
        "prasan+b01j-ลายมือชื่อ@lamphun.example.org",
        "prasan+b01j-\udcff@lamphun.example.org",
        "",
    ],
)
def test_nobody_can_make_up_a_signed_address(address: str) -> None:
    """Without the secret there is no signature."""
    assert ADDRESSES.read(BOUNCE, address) is None
    other = SignedAddresses("another secret of tests, longer than it has to be", FROM)
    assert other.read(BOUNCE, ADDRESSES.address(BOUNCE, DELIVERY)) is None


@pytest.mark.parametrize("purpose", [BOUNCE, REPLY, STOP])
def test_an_address_mailed_before_the_secret_changed_is_still_read(purpose: str) -> None:
    """Addresses are made under the new secret from then on."""
    new = "a new secret of tests, longer than it has to be"
    after = SignedAddresses(new, FROM, previous=[SECRET])
    assert after.read(purpose, ADDRESSES.address(purpose, DELIVERY)) is not None
    assert SignedAddresses(new, FROM).read(purpose, after.address(purpose, DELIVERY)) is not None
    assert ADDRESSES.read(purpose, after.address(purpose, DELIVERY)) is None


def test_an_id_too_long_for_an_address_stands_in_it_as_a_hash() -> None:
    """Of its dispatch, with the place of the delivery behind it; signed like any other."""
    long = "01KARM8P2Q4T6V8X0Z2B4D6F8H:overdue_weekly:2026-11-30:0:0:17"
    address = ADDRESSES.address(REPLY, long)
    assert len(address.rpartition("@")[0]) <= 64
    assert ADDRESSES.read(REPLY, address) == hashed_token(long)
    assert ADDRESSES.read(REPLY, address.replace(".17-", ".18-")) is None


def test_a_sender_whose_local_part_leaves_no_room_is_written_to_as_it_is() -> None:
    """Answers to it need somebody who reads them."""
    roomless = f"{'x' * 60}@lamphun.example.org"
    assert SignedAddresses(SECRET, roomless).address(REPLY, DELIVERY) == roomless


def test_the_page_of_one_click_is_signed_for_nothing_else() -> None:
    """Neither does an address open the page."""
    page = ADDRESSES.page(DELIVERY)
    token = ADDRESSES.read_page(page)
    assert token is not None
    assert ADDRESSES.read_page(page.upper()) == token
    assert ADDRESSES.read_page(f"{token}-{'0' * 12}") is None
    assert ADDRESSES.read(STOP, f"prasan+s{page}@lamphun.example.org") is None


def public_record(key: Any) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(raw)


def verified(data: bytes, key: Any) -> bool:
    return bool(dkim.verify(data, dnsfunc=lambda name, timeout=5: public_record(key)))


RSA_KEY = rsa.generate_private_key(65537, 2048)


def test_dkimpy_agrees_with_our_signatures() -> None:
    """RFC 6376: an independent implementation verifies them, and notices every change."""
    signed = DkimSigner("lamphun.example.org", "s1", RSA_KEY).sign(mail().data, NOW)
    assert verified(signed, RSA_KEY)
    for part in (b"Subject: =?utf-8", b"To: =?utf-8", b"\r\n\r\n--=_prasan"):
        assert not verified(signed.replace(part, part + b"x", 1), RSA_KEY)


def test_ed25519_signs_what_rfc_8463_says() -> None:
    """Checked by hand, since dkimpy needs another package for it."""
    key = ed25519.Ed25519PrivateKey.generate()
    signed = DkimSigner("lamphun.example.org", "s1", key).sign(mail().data, NOW)
    assert b"a=ed25519-sha256" in signed.partition(b"\r\nTo:")[0]


def test_a_key_file_that_holds_no_key_is_refused_at_start(tmp_path: Any) -> None:
    """Better no start than unsigned mail."""
    file = tmp_path / "dkim.pem"
    file.write_text("no key")
    with pytest.raises(Misconfigured):
        dkim_signer("lamphun.example.org", "s1", str(file))
    with pytest.raises(Misconfigured):
        dkim_signer("lamphun.example.org", "s1", str(tmp_path / "missing.pem"))
    file.write_bytes(RSA_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert dkim_signer("lamphun.example.org", "s1", str(file)) is not None
    assert dkim_signer("", "", "") is None
