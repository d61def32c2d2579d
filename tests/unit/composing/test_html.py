"""The HTML survives Outlook and Gmail, dark mode and a screen reader."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from services.notifications.composing import Office, fill
from services.notifications.composing.digest import compose_digest, digest_slots
from services.notifications.composing.digest_samples import DigestSample, digests
from services.notifications.composing.rendering import TEMPLATES
from services.notifications.composing.samples import EVENTS, Sample
from shared.i18n import LANGUAGES
from tests.unit.composing.letters import MAILS, NAMES, mail_of

BASE = TEMPLATES / "base"
STYLE = (BASE / "style.css").read_text(encoding="utf-8")
MEDIA = (BASE / "media.css").read_text(encoding="utf-8")
LARGEST = 100 * 1024  # Gmail cuts a message off at 102 KB
VOID = {"meta", "br"}
every_mail = pytest.mark.parametrize(("sample", "language"), MAILS, ids=NAMES)


class Page(HTMLParser):
    """Elements as they open, and whether all of them close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, str | None]]] = []
        self.path: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))
        if tag not in VOID:
            self.path.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.path.pop() == tag


@every_mail
def test_a_page_is_whole_and_small(sample: Sample, language: str) -> None:
    """Every element is closed in order, the language is named, and Gmail shows all of it."""
    html = mail_of(sample, language).html
    page = Page(html)
    assert page.path == []
    assert page.opened[0] == ("html", {"lang": language, "dir": "ltr"})
    assert len(html.encode()) < LARGEST


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("digest", digests(), ids=lambda digest: digest.name)
def test_a_digest_of_very_much_is_whole_and_small_too(digest: DigestSample, language: str) -> None:
    """However much waited for it."""
    person = digest.readers[language]
    composed = compose_digest(digest.edition, person, language, Office())
    _, html = fill(composed, digest_slots(person, language, "LPN-7K4M"))
    assert Page(html).path == []
    assert len(html.encode()) < LARGEST


@every_mail
def test_a_page_needs_nothing_from_outside(sample: Sample, language: str) -> None:
    """No picture, no link, no script, no address of anything."""
    mail = mail_of(sample, language)
    tags = {tag for tag, _ in Page(mail.html).opened}
    assert not tags & {"a", "img", "script", "link", "iframe", "form", "object", "svg", "b", "u", "i"}
    for said in (mail.subject, mail.text, mail.html):
        assert not re.search(r"https?:|www\.|mailto:|://|url\(|\bhref|\bsrc\b", said)


@every_mail
def test_layout_tables_say_so_and_the_facts_are_a_table_of_headed_rows(sample: Sample, language: str) -> None:
    """A screen reader reads the facts as label and value, and the frame not at all."""
    opened = Page(mail_of(sample, language).html).opened
    tables = [attributes for tag, attributes in opened if tag == "table"]
    assert [t.get("role") for t in tables] == ["presentation", "presentation", None]
    headings = [a for tag, a in opened if tag == "th"]
    assert headings
    assert all(heading.get("scope") == "row" for heading in headings)
    assert [tag for tag, _ in opened if tag in ("h1", "h2", "h3")][:2] == ["h1", "h2"]


@every_mail
def test_styles_stand_in_their_elements(sample: Sample, language: str) -> None:
    """Only what cannot be inlined, the two media queries, stays in the head."""
    html = mail_of(sample, language).html
    head = html.split("</head>")[0]
    style = head.split("<style>")[1].split("</style>")[0]
    assert not re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", style).strip()
    assert style.count("@media") == 2
    assert "data-css-inline" not in html
    assert '<meta name="color-scheme" content="light dark">' in head


def test_nothing_that_outlook_or_thai_readers_suffer_from_is_used() -> None:
    """No flex, grid or rem; no italics, no letter-spacing; nothing under 16 px or tighter than 1.6."""
    assert not re.search(r"flex|grid|\drem|italic|letter-spacing|var\(|@import|url\(", STYLE + MEDIA)
    assert min(int(size) for size in re.findall(r"font-size: (\d+)px", STYLE + MEDIA)) >= 16
    assert min(float(height) for height in re.findall(r"line-height: ([\d.]+)", STYLE)) >= 1.6


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_has_the_contrast_that_wcag_aa_asks_for(dark: bool) -> None:
    """At least 4.5 to 1 against its background."""
    rules = dict(_colours(MEDIA.split("prefers-color-scheme: dark")[1] if dark else STYLE))
    card = rules["card"]["background"]
    on_card = [
        rules[name]["color"] for name in ("card", "head", "h1", "h2", "label", "value", "muted", "foot")
    ]
    chips = [(rules[k]["color"], rules[k]["background"]) for k in EVENTS]
    pairs = [(colour, card) for colour in on_card] + chips
    assert {pair: round(_contrast(*pair), 1) for pair in pairs if _contrast(*pair) < 4.5} == {}


def _colours(css: str) -> list[tuple[str, dict[str, str]]]:
    rules: dict[str, dict[str, str]] = {}
    for selectors, body in re.findall(r"([.\w, -]+)\{([^}]*)\}", css):
        found = dict(re.findall(r"(?<![\w-])(color|background): (#[0-9a-f]{6})", body))
        for selector in selectors.split(","):
            rules.setdefault(selector.strip().lstrip("."), {}).update(found)
    return list(rules.items())


def _contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_preheader_is_hidden_and_short() -> None:
    """It tells what the subject does not, and is never cut inside a character."""
    for sample, language in MAILS:
        html = mail_of(sample, language).html
        preheader = re.search(r'<div class="preheader" style="[^"]*display:\s*none[^"]*">([^<]*)</div>', html)
        assert preheader
        assert 0 < len(preheader[1]) < 400


def test_headings_do_not_skip_a_level() -> None:
    """One h1, then h2 only."""
    for sample, language in MAILS:
        levels = [
            int(tag[1])
            for tag, _ in Page(mail_of(sample, language).html).opened
            if re.fullmatch("h[1-6]", tag)
        ]
        assert levels.count(1) == 1
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
