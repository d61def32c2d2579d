"""What the gallery shows: every mail once, each wholly in its reader's language."""

from __future__ import annotations

import re

import pytest

from services.notifications.composing.samples import SOURCE, samples
from services.notifications.gallery.mails import Shown, mails, said
from shared.i18n import LANGUAGES

MAILS = tuple(mails())
PLAIN = [mail for mail in MAILS if "overfull" not in mail.name]


def test_every_mail_has_a_picture_of_its_own() -> None:
    """Two of one name would be one file."""
    names = [mail.name for mail in MAILS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("mail", PLAIN, ids=lambda mail: mail.name)
def test_no_thai_stands_in_an_english_mail(mail: Shown) -> None:
    """But for what the province's own records are called."""
    written = mail.write("en")
    for said_there in (written.subject, written.text, written.html):
        assert not re.search("[\u0e00-\u0e7f]", said_there.replace(SOURCE, ""))


@pytest.mark.parametrize("mail", PLAIN, ids=lambda mail: mail.name)
def test_no_english_sentence_stands_in_a_thai_mail(mail: Shown) -> None:
    """Names like ECO TOWN may: three English words in a row are a sentence."""
    written = mail.write("th")
    for said_there in (written.subject, written.text):
        assert not re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", said_there)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_out_asks_for_no_reply_to_a_mail(language: str) -> None:
    """Whoever has no address cannot answer one."""
    for sample in samples():
        text = said(sample, language)
        assert "ตอบกลับอีเมล" not in text and "reply" not in text.lower()
