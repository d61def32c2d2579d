"""Whatever somebody types, a mail stays a mail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.composing import compose, fill
from services.notifications.composing.cleaning import clean
from services.notifications.composing.office import Office
from services.notifications.composing.person import Person
from services.notifications.composing.samples import EVENTS, READERS, SPONSOR, Sample
from shared.errors import Unreadable
from shared.i18n import LANGUAGES
from tests.unit.composing.letters import Mail, mail_of
from tests.unit.composing.test_html import Page

HOSTILE = {
    "header injection": "หัวข้อ\r\nBcc: everybody@example.org\r\n\r\nbody",
    "html": "<script>alert('x')</script><img src=x onerror=alert(1)> & \"quoted\"",
    "template": "{{ 7*7 }} {% include 'x' %} {title} %s ${x}",
    "slot marks": "\x02greeting\x03 \x02+part\x03 <!--slotgreeting--> <!--slot-part-->",
    "right to left": "\u202eevil\u202c مرحبا שלום \u2067x",
    "emoji": "👨‍👩‍👧‍👦🇹🇭♻️" * 40,
    "zalgo": "ก" + "\u0e49" * 500,
    "lone surrogate": "ok \ud800 ok",
    "null": "a\x00b\x1b[31m",
    "unbroken": "W" * 5000,
    "links": "ดู https://example.org/a?b=1 และ www.example.com หรือ bit.ly/x หรือ gov.example.go.th",
    "line separators": "one\u2028two\u2029three\x85four\x0bfive",
}


def _everywhere(value: Any, text: str) -> Any:
    """The same data with this text as every title, name, note, reason and unit."""
    if isinstance(value, dict):
        if "th" in value:
            return {"th": text, "en": text}
        return {name: _everywhere(inner, text) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_everywhere(inner, text) for inner in value]
    return value


def _sample(kind: str, text: str) -> Sample:
    about = _everywhere(json.loads(json.dumps(EVENTS[kind])), text[:4000])
    about["data"]["milestone"]["note"] = about["data"]["reason"] = {"th": text[:4000]}
    readers = dict.fromkeys(LANGUAGES, Person(text, text, text, {"th": text}))
    return Sample(kind, about, (_everywhere(SPONSOR, text[:4000]),), readers)


def _checked(mail: Mail) -> Mail:
    for said in (mail.subject, mail.text, mail.html):
        said.encode("utf-8")
        assert not any(ord(c) < 32 and c != "\n" for c in said)
        assert not set(said) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\x85\u2028\u2029")
    assert "\n" not in mail.subject
    page = Page(mail.html)
    assert page.path == []
    assert not {tag for tag, _ in page.opened} & {"script", "img", "a"}
    assert not any(name.startswith("on") for _, attributes in page.opened for name in attributes)
    return mail


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_in_every_field_changes_nothing_but_the_words(
    text: str, language: str, kind: str
) -> None:
    """No header, element, slot, control character or page-sized word gets through."""
    mail = _checked(mail_of(_sample(kind, text), language))
    assert len(mail.html.encode()) < 100 * 1024
    assert mail.text.count("LPN-") == 1


@pytest.mark.parametrize(
    "typed",
    [
        "https://example.org/x",
        "www.example.com",
        "mailto:a@example.org",
        "example.org",
        "จังหวัด.example.go.th/หน้า",
        "ftp://x/y",
        "ที่example.orgครับ",
    ],
)
def test_an_address_of_a_page_that_somebody_typed_is_taken_out(typed: str) -> None:
    """State agencies may not mail links, and mail programs make one of whatever looks like it."""
    assert "(ตัดลิงก์ออก)" in clean(f"ดูที่ {typed} นะ", "(ตัดลิงก์ออก)")


@pytest.mark.parametrize(
    "typed",
    [
        "กรอ.จังหวัด",
        "5,514,641.28 บาท",
        "อบต. ป่าสัก",
        "น.ส.มาลี",
        "Co., Ltd.",
        "โทร. 0 5300 0000",
        "a@example.org",
        "a.co@mail.example.org",
        "เวลา 10:30 น.",
        "Tel:053",
    ],
)
def test_what_only_looks_like_an_address_stays(typed: str) -> None:
    """Abbreviations, figures, telephones, times."""
    assert clean(typed, "(ตัดลิงก์ออก)") == typed


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    """So that it does no harm to clean what a service before us cleaned."""
    once = clean(text, "(x)")
    assert clean(once, "(x)") == once


@settings(max_examples=30)
@given(st.text(min_size=1, max_size=120), st.sampled_from(list(EVENTS)), st.sampled_from(["th", "en"]))
def test_any_text_at_all_makes_a_sound_mail(text: str, kind: str, language: str) -> None:
    """Found by a machine that tries what nobody thinks of."""
    _checked(mail_of(_sample(kind, text), language))


def test_overlong_names_are_cut_between_characters() -> None:
    """A family emoji of seven code points is one character: it is there whole or not at all."""
    family = "👨‍👩‍👧‍👦"
    subject = mail_of(_sample("reached", family * 200), "th").subject
    assert subject.endswith(family + "…")


def test_a_reader_of_whom_nothing_is_known_is_still_greeted() -> None:
    """An empty name, salutation, position and organisation."""
    nobody = dict.fromkeys(LANGUAGES, Person("", "", None, None))
    assert mail_of(Sample("x", EVENTS["reached"], (SPONSOR,), nobody), "th").text.startswith(
        "เรียน ท่านผู้เกี่ยวข้อง\n"
    )


@pytest.mark.parametrize(
    ("spoilt", "cause"),
    [
        ({"type": "projects.milestone.recalled.v1"}, "not-an-alert"),
        ({"type": "projects.milestone.reached.v2"}, "not-an-alert"),
        ({"data": {}}, "wrong-schema"),
        ({"data": {**EVENTS["later"]["data"], "before": None}}, "missing-before"),
        ({"data": {**EVENTS["later"]["data"], "milestone": "x"}}, "wrong-schema"),
        ({"data": {**EVENTS["later"]["data"], "results": None}}, "wrong-schema"),
    ],
)
def test_an_event_that_makes_no_mail_says_why(spoilt: dict[str, Any], cause: str) -> None:
    """Unreadable, so that it is kept as a dead letter with its cause."""
    with pytest.raises(Unreadable) as refused:
        compose({**EVENTS["later"], **spoilt}, "th", Office())
    assert refused.value.cause == cause


def test_slot_values_are_escaped_in_html_and_left_alone_in_text() -> None:
    """A value is plain text until it is filled in."""
    composed = compose(EVENTS["reached"], "th", Office())
    text, html = fill(composed, {"greeting": "<b>&\x02why\x03", "why": "1\n2", "part": "", "reference": "R"})
    assert text.startswith("<b>&\x02why\x03")
    assert "&lt;b&gt;&amp;\x02why\x03" in html


def test_an_unknown_reason_is_still_a_sentence() -> None:
    """A reason code of tomorrow's partners service."""
    unknown = Sample("x", EVENTS["reached"], ({**SPONSOR, "code": "patron"},), READERS)
    assert "บริษัทของท่านเกี่ยวข้องกับโครงการนี้" in mail_of(unknown, "th").text
