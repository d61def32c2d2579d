"""Every mail that there is, written for an invented reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from services.notifications.composing import Office, compose, fill, reference, slots
from services.notifications.composing.digest import compose_digest, digest_slots
from services.notifications.composing.digest_samples import DigestSample, digests
from services.notifications.composing.note_samples import NoteSample, notes
from services.notifications.composing.samples import Sample, samples
from services.notifications.composing.spoken import spoken
from services.notifications.composing.variant_samples import Variant, variants

CONTACT = "contact-1"


@dataclass(frozen=True)
class Written:
    """A mail as its reader gets it."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Shown:
    """One mail; `write` takes the language."""

    name: str
    write: Callable[[str], Written]


def mails() -> Iterator[Shown]:
    """Alerts plain and overfull, their variants, digests, notes."""
    for sample in samples():
        yield Shown(sample.name, partial(_alert, Variant(sample)))
    for variant in variants():
        yield Shown(variant.sample.name, partial(_alert, variant))
    for digest in digests():
        yield Shown(digest.name, partial(_digest, digest))
    for note in notes():
        yield Shown(note.name, partial(_note, note))


def said(sample: Sample, language: str) -> str:
    """What is read out to somebody without an address, or pasted into LINE."""
    number = reference(sample.about["id"], CONTACT)
    return spoken(sample.about, sample.reasons, sample.readers[language], language, Office(), number)


def _alert(variant: Variant, language: str) -> Written:
    sample = variant.sample
    composed = compose(sample.about, language, variant.office)
    number = reference(sample.about["id"], CONTACT)
    values = slots(sample.about, sample.reasons, sample.readers[language], language, number)
    return Written(composed.subject, *fill(composed, values | variant.notice(language)))


def _digest(sample: DigestSample, language: str) -> Written:
    person = sample.readers[language]
    composed = compose_digest(sample.edition, person, language, Office())
    values = digest_slots(person, language, reference(sample.name, CONTACT))
    return Written(composed.subject, *fill(composed, values))


def _note(sample: NoteSample, language: str) -> Written:
    note = sample.write(language, Office())
    return Written(note.subject, note.text, note.html)
