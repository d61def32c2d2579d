"""MAIL_LINKS=off: no link and no attachment leaves, in any template, header included. A Thai state agency
may send none, and citizens are told to take any such mail for fraud."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

import pytest

from services.notifications.application.writing import Post
from services.notifications.composing import Office, compose, fill, reference, slots
from services.notifications.composing.digest import compose_digest, digest_slots
from services.notifications.composing.digest_samples import digests
from services.notifications.composing.happening import event_of
from services.notifications.composing.note_samples import notes
from services.notifications.composing.rendering import TEMPLATES
from services.notifications.composing.samples import samples
from services.notifications.composing.variant_samples import Variant, variants
from services.notifications.mail.message import MailForm, Sender
from services.notifications.mail.notes import NoteForm
from services.notifications.mail.tokens import ONE_CLICK, SignedAddresses
from shared.i18n import LANGUAGES

SENDER = Sender("prasan@lamphun.example.org", "จังหวัดลำพูน (ประสาน)")
SIGNED = SignedAddresses("a secret of tests, longer than it has to be", SENDER.address)
NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
DELIVERY = "01KARM8P2Q4T6V8X0Z2B4D6F8H:7:0:0:3"
OFF, ON = Office(), Office(links=True, portal="https://prasan.lamphun.example.org/")
LINK = re.compile(r"://|www\.|href|src=|<a\b|<img|<link|<form|url\(|@import|\bhttps?\b", re.IGNORECASE)
PARTS = ["multipart/alternative", "text/plain", "text/html"]


def written(language: str, office: Office) -> Iterator[tuple[str, str, bytes]]:
    """(name, template, the whole mail) of every sample of every template."""
    post = Post(SENDER, SIGNED, office)
    for variant in (*map(Variant, samples()), *variants()):
        sample = variant.sample
        composed = compose(sample.about, language, office)
        values = slots(sample.about, sample.reasons, sample.readers[language], language, reference("e", "c"))
        text, html = fill(composed, values | variant.notice(language))
        yield sample.name, event_of(sample.about), alert(post, composed.subject, text, html)
    for digest in digests():
        composed = compose_digest(digest.edition, digest.readers[language], language, office)
        text, html = fill(composed, digest_slots(digest.readers[language], language, reference("d", "c")))
        yield digest.name, "digest", alert(post, composed.subject, text, html)
    for note in notes():
        mail = note.write(language, office)
        answered = "<answer-1@example.org>"
        form = NoteForm(SENDER, note.name, mail.subject, mail.text, mail.html, "", answered, True)
        yield note.name, note.event, form.write("กมลวรรณ", "c1@example.org", NOW).data


def alert(post: Post, subject: str, text: str, html: str) -> bytes:
    mail = MailForm(SENDER, "e:1", "projects.milestone.reached.v1", subject).write(
        delivery_id=DELIVERY,
        contact_id="c1",
        name="กมลวรรณ",
        address="c1@example.org",
        signed=SIGNED,
        now=NOW,
        text=text,
        html=html,
        stop_page=post.stop_page(DELIVERY),
    )
    return mail.data


def readable(message: Message) -> dict[str, str]:
    """Every header and every part, decoded; the only address of a scheme is mailto: in List-Unsubscribe."""
    found = {name: str(make_header(decode_header(value))) for name, value in message.items()}
    for part in message.walk():
        if not part.is_multipart():
            found[part.get_content_type()] = bytes(part.get_payload(decode=True)).decode()
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_link_and_no_attachment_leaves_in_any_template(language: str) -> None:
    """Read as a mail program reads it: what people wrote with addresses of pages in it is in the samples."""
    seen = set()
    for name, template, raw in written(language, OFF):
        seen.add(template)
        message = message_from_bytes(raw)
        assert [part.get_content_type() for part in message.walk()] == PARTS, name
        assert not any(part.get_filename() or part["Content-Disposition"] for part in message.walk()), name
        content = readable(message)
        assert "List-Unsubscribe-Post" not in content, name
        stop = content.pop("List-Unsubscribe", "<mailto:>")
        assert re.fullmatch(r"<mailto:[^<>,]*>", stop), name
        assert [where for where, text in content.items() if LINK.search(text)] == [], name
        assert "mailto:" not in "".join(content.values()), name
    assert seen == {folder.name for folder in TEMPLATES.iterdir()} - {"base"}


def test_with_links_allowed_one_click_stops_by_post_alone() -> None:
    """RFC 8058: https beside mailto, and the page's address is signed for nothing else."""
    for name, template, raw in written("en", ON):
        if template in ("acknowledgement", "code", "notice"):
            continue  # written here as answers to one person are: nothing to unsubscribe from
        message = message_from_bytes(raw)
        page, mailto = (each.strip(" \r\n<>") for each in message["List-Unsubscribe"].split(","))
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click", name
        assert mailto.startswith("mailto:")
        last = page.removeprefix("https://prasan.lamphun.example.org/unsubscribe/")
        assert SIGNED.read_page(last) is not None
        assert SIGNED.read(ONE_CLICK, f"prasan+u{last}@lamphun.example.org") is not None


@pytest.mark.parametrize("portal", ["", "http://prasan.lamphun.example.org", "javascript:alert(1)"])
def test_one_click_needs_https(portal: str) -> None:
    """Over anything else a stranger could stop somebody's mails on the way."""
    assert Post(SENDER, SIGNED, Office(links=True, portal=portal)).stop_page(DELIVERY) == ""
