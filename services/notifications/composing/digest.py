"""What a digest's templates may use, and how it is written from the events that it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, ClassVar

from services.notifications.composing.cleaning import clean_data, cut_clean
from services.notifications.composing.filling import Composed
from services.notifications.composing.lines import Line, kind_in_digest, line
from services.notifications.composing.office import Office
from services.notifications.composing.person import Person, greeting, is_monk
from services.notifications.composing.reasons import part, part_label, why
from services.notifications.composing.rendering import render_html, render_note_subject, render_text
from services.notifications.composing.wording import Wording, wording
from shared.calendar import BANGKOK
from shared.clock import from_timestamp
from shared.preferences import WEEKLY
from shared.thai import full_date, in_language, short_date, weekday

MOST_SHOWN = 50  # pieces of news, so that Gmail shows all of it; then it says how many more there are
LONGEST_PREHEADER = 110

# kind → in which part of the digest, in the order of the parts
KINDS = ("overdue", "due_soon", "reached", "completed", "later", "earlier", "started", "measured")


@dataclass(frozen=True)
class News:
    """An event as an audience page carries it, and the reasons why this contact is told."""

    about: Mapping[str, Any]
    reasons: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Entry:
    """One piece of news; '' and () are left out."""

    number: int
    title: str
    facts: tuple[str, ...]
    part_label: str
    part: tuple[str, ...]
    why: tuple[str, ...]
    asking: str


@dataclass(frozen=True)
class Section:
    kind: str
    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class DigestLetter:
    """The context of `templates/digest/`."""

    event: ClassVar[str] = "digest"  # the folder of its templates
    language: str
    province: str
    title: str
    subject: str
    preheader: str
    opening: str
    sections: tuple[Section, ...]
    more: str
    why: str
    change: str
    safety: str
    office: str
    telephone: str


@dataclass(frozen=True)
class Edition:
    """Which digest it is: `period` daily or weekly, up to `slot`."""

    period: str
    slot: datetime
    news: Sequence[News]

    @property
    def since(self) -> datetime:
        """A period before its slot; earlier where something of it waited longer."""
        usual = self.slot - timedelta(days=7 if self.period == WEEKLY else 1)
        return min([usual, *(from_timestamp(each.about["time"]) for each in self.news)])


def compose_digest(edition: Edition, person: Person, language: str, office: Office) -> Composed:
    """The mail of a digest with at least one piece of news; greeting, closing and reference are slots."""
    words = wording(language)
    letter = write_digest(edition, person, office, words)
    subject = render_note_subject(letter, words)
    return Composed(subject, render_text(letter, words), render_html(letter, words, subject))


def digest_slots(person: Person, language: str, number: str) -> dict[str, str]:
    """What `fill` needs beside the composed digest: the only places where the person is named."""
    words = wording(language)
    monk = ".monk" if is_monk(person, words) else ""
    return {
        "greeting": greeting(person, words),
        "closing": words(f"digest.closing{monk}"),
        "reference": number,
    }


def write_digest(edition: Edition, person: Person, office: Office, words: Wording) -> DigestLetter:
    """The letter; raises Unreadable for an event of another kind."""
    shown = sorted(edition.news, key=_order)[:MOST_SHOWN]
    counts = [(kind, sum(kind_in_digest(each.about) == kind for each in edition.news)) for kind in KINDS]
    counted = (words(f"digest.count.{kind}", count=count) for kind, count in counts if count)
    summary = words("digest.count.separator").join(counted)
    until, language = edition.slot.astimezone(BANGKOK), words.language
    media = ".media" if all(_is_media(each.reasons) for each in edition.news) else ""
    coordinator = clean_data(shown[0].about["data"]["project"]["coordinator"], words("link_removed"))
    sections = tuple(_sections(shown, person, words))
    first = sections[0].entries[0].title
    return DigestLetter(
        language=language,
        province=office.province(words),
        title=words(f"digest.title.{edition.period}"),
        subject=words(
            f"digest.subject.{edition.period}", date=short_date(until.date(), language), summary=summary
        ),
        preheader=cut_clean(first, LONGEST_PREHEADER),
        opening=words(
            f"digest.opening{media}",
            since=_moment(edition.since, words),
            until=_moment(edition.slot, words),
            count=len(edition.news),
        ),
        sections=sections,
        more=words("digest.more", count=len(edition.news) - len(shown))
        if len(edition.news) > len(shown)
        else "",
        why=words(
            f"digest.why.{edition.period}{media}",
            weekday=weekday(until.date(), language),
            hour=f"{until.hour:02}",
        ),
        change=words(f"digest.change.{edition.period}", telephone=coordinator["telephone"]),
        safety=office.safety(words),
        office=in_language(coordinator["office"], language),
        telephone=coordinator["telephone"],
    )


def _sections(shown: Sequence[News], person: Person, words: Wording) -> Iterator[Section]:
    for kind, news in groupby(
        enumerate(shown, start=1), key=lambda numbered: kind_in_digest(numbered[1].about)
    ):
        written = [(number, each, line(each.about, words)) for number, each in news]
        entries = tuple(_entry(number, each, of, person, words) for number, each, of in written)
        yield Section(kind, written[0][2].heading, entries)


def _entry(number: int, news: News, shown: Line, person: Person, words: Wording) -> Entry:
    link_removed = words("link_removed")
    reasons = clean_data(list(news.reasons), link_removed)
    organisation = clean_data(person.organisation, link_removed)
    own = part(reasons, words)
    return Entry(
        number=number,
        title=shown.title,
        facts=shown.facts,
        part_label=part_label(reasons, words) if own else "",
        part=tuple(own.splitlines()),
        why=tuple(why(reasons, organisation, news.about["data"], words).splitlines()),
        asking=shown.asking,
    )


def _is_media(reasons: Sequence[Mapping[str, Any]]) -> bool:
    return all("media" in reason.get("kinds", ()) for reason in reasons)


def _moment(instant: datetime, words: Wording) -> str:
    local = instant.astimezone(BANGKOK)
    day = full_date(local.date(), words.language)
    return words("digest.moment", day=day, hour=f"{local.hour:02}", minute=f"{local.minute:02}")


def _order(news: News) -> tuple[int, str, str]:
    return KINDS.index(kind_in_digest(news.about)), news.about["time"], news.about["id"]
