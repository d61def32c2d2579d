"""Filling a mail that was cut at its slots gives what replacing the slots one by one would give."""

from __future__ import annotations

import re
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.composing import Composed, Office, compose, fill, prepare
from services.notifications.composing.filling import SLOTS, begin_mark, end_mark, slot_mark
from services.notifications.composing.samples import EVENTS
from tests.unit.composing.letters import MAILS, mail_of

COMPOSED = {
    (kind, language): compose(event, language, Office())
    for kind, event in EVENTS.items()
    for language in ("th", "en")
}
values = st.fixed_dictionaries(
    {name: st.text(st.characters(exclude_characters="\n"), max_size=30) for name in SLOTS}
)


def _naive(marked: str, slots: dict[str, str]) -> str:
    """The plain way: take out what is empty, then replace each mark."""
    for name in SLOTS:
        begin, end = re.escape(begin_mark(name)), re.escape(end_mark(name))
        marked = re.sub(f"{begin}(.*?){end}", r"\1" if slots[name] else "", marked, flags=re.DOTALL)
    return re.sub("\x02(\\w+)\x03", lambda mark: slots[mark[1]], marked)


@settings(max_examples=60)
@given(values, st.sampled_from(list(COMPOSED)))
def test_filling_equals_replacing(slots: dict[str, str], which: tuple[str, str]) -> None:
    """For any values of one line, in text and in HTML."""
    composed = COMPOSED[which]
    text, html = prepare(composed).fill(slots)
    assert text == _naive(composed.text, slots)
    assert html == _naive(composed.html, {name: escape(value) for name, value in slots.items()})


def test_filling_and_preparing_first_are_the_same() -> None:
    """`fill` is only the convenient way."""
    composed = COMPOSED["later", "th"]
    slots = dict.fromkeys(SLOTS, "x")
    assert fill(composed, slots) == prepare(composed).fill(slots)


def test_an_empty_slot_takes_its_whole_paragraph_and_row_along() -> None:
    """No label without a value is left."""
    text, html = prepare(COMPOSED["reached", "en"]).fill(
        {**dict.fromkeys(SLOTS, "x"), "part": "", "action": ""}
    )
    assert "\n\n\n" not in text
    assert "x: " not in text
    assert "<p></p>" not in html
    assert '<th scope="row" class="label"></th>' not in html


def test_a_slot_that_nobody_gave_is_empty() -> None:
    """A mail recorded by an older version lacks a slot of today's template."""
    text, _ = prepare(COMPOSED["reached", "en"]).fill({"greeting": "Dear Khun Mali"})
    assert text.startswith("Dear Khun Mali\n")
    assert "\x02" not in text


def test_several_lines_become_a_list_in_text_and_paragraphs_in_html() -> None:
    """Every reason stands on a line of its own."""
    text, html = prepare(COMPOSED["reached", "en"]).fill(
        {**dict.fromkeys(SLOTS, "x"), "why": "one\ntwo & three"}
    )
    assert "Why you receive this:\n- one\n- two & three\n" in text
    assert re.search(r"(<p [^>]*>)one</p>\1two &amp; three</p>", html)


def test_a_mark_that_names_no_slot_is_refused() -> None:
    """A slip of the pen in a template is found when the mail is composed, not in a mailbox."""
    with pytest.raises(ValueError, match="greting"):
        prepare(Composed("s", slot_mark("greting"), ""))


def test_every_mark_is_gone_from_a_filled_mail() -> None:
    """And from its subject, which has none."""
    for sample, language in MAILS:
        mail = mail_of(sample, language)
        assert not set(mail.subject + mail.text + mail.html) & {"\x02", "\x03"}
        assert "<!--slot" not in mail.html


def test_every_slot_has_its_place_in_every_mail() -> None:
    """In the text and in the HTML of each event and language."""
    for composed in COMPOSED.values():
        for part in (composed.text, composed.html):
            assert {name for name in SLOTS if slot_mark(name) in part} == set(SLOTS)
