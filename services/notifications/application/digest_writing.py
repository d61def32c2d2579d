"""A digest becomes a mail, composed for its one reader from what the planning left of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from services.notifications.composing import Composed, Office, Person, prepare, reference
from services.notifications.composing.digest import Edition, News, compose_digest, digest_slots
from services.notifications.composing.notes import data_notice
from services.notifications.composing.notice import notice
from services.notifications.composing.wording import wording
from services.notifications.domain.contacts import Contact, awaits_notice
from services.notifications.domain.digests import Digest, Member


class Abouts(Protocol):
    """The events that audience pages are for."""

    def abouts(self, event_ids: Iterable[str]) -> Mapping[str, Mapping[str, Any]]: ...


class Letters(Protocol):
    """Composed mails, of which a digest keeps the last one."""

    def renew(self, event_id: str, language: str, composed: Composed) -> None: ...


class DigestWriter:
    def __init__(self, abouts: Abouts, letters: Letters, office: Office) -> None:
        self._abouts = abouts
        self._letters = letters
        self._office = office

    def write(
        self, digest: Digest, news: Sequence[Member], contact: Contact
    ) -> tuple[Composed, dict[str, str], tuple[str, str]]:
        """(what is composed, the values of its slots, text and HTML); kept, so that it can be shown later."""
        if digest.is_notice:
            return self._notice(digest, contact)  # all of it is about its reader: nothing is kept
        composed, slots, filled = self.compose(digest, news, contact)
        self._letters.renew(digest.id, contact.language, composed)
        return composed, slots, filled

    def _notice(self, digest: Digest, contact: Contact) -> tuple[Composed, dict[str, str], tuple[str, str]]:
        words = wording(contact.language)
        told = notice(contact.source, contact.lawful_basis, self._office, words, alone=True)
        person = Person(contact.name, contact.salutation, contact.position, contact.organisation)
        number = reference(digest.id, contact.id)
        mail = data_notice(told, person, contact.language, self._office, number)
        return Composed(mail.subject, "", ""), {"notice": told}, (mail.text, mail.html)

    def compose(
        self, digest: Digest, news: Sequence[Member], contact: Contact
    ) -> tuple[Composed, dict[str, str], tuple[str, str]]:
        """The same, and nothing is kept."""
        abouts = self._abouts.abouts(member.event_id for member in news)
        shown = [News(abouts[member.event_id], member.reasons) for member in news]
        organisation = contact.organisation or news[0].reasons[0]["partner"]
        person = Person(contact.name, contact.salutation, contact.position, organisation)
        edition = Edition(digest.period, digest.slot, shown)
        composed = compose_digest(edition, person, contact.language, self._office)
        slots = digest_slots(person, contact.language, reference(digest.id, contact.id))
        if awaits_notice(contact):
            words = wording(contact.language)
            slots["notice"] = notice(contact.source, contact.lawful_basis, self._office, words)
        return composed, slots, prepare(composed).fill(slots)
