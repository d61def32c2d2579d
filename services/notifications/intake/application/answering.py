"""Answers by one word become wishes or questions; the contact is told what was done, at its own address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.notifications.domain.contacts import Contact
from services.notifications.intake.application.ports import (
    Acknowledgement,
    Acknowledgements,
    Became,
    Contacts,
    Delivery,
    Incoming,
    IncomingBook,
    Wish,
    Wishes,
)
from services.notifications.intake.domain.commands import (
    ASK,
    DAILY,
    IMMEDIATE,
    NOTED,
    RESUME,
    STOP,
    STOP_PROJECT,
    WEEKLY,
)
from services.notifications.intake.domain.reading import Reading
from shared.contracts.envelope import Event
from shared.failpoints import failpoint
from shared.logging import redacted

UNSUBSCRIBED = "notifications.contact.unsubscribed.v1"
PREFERENCES = "notifications.preferences.changed.v1"
ASKED = "notifications.reply.received.v1"

EXPIRED, EMPTY, ERASED, TOO_MANY, UNKNOWN = "expired", "empty", "erased", "too_many", "unknown"
TOKENS_LAST = timedelta(days=400)  # for everything but stopping, which works for ever
MOST_ANSWERS = 20  # of one contact in a day that are followed
MOST_ACKNOWLEDGEMENTS = 5  # to one contact in a day: what breaks a loop of two machines
DAY = timedelta(days=1)
LONGEST_QUESTION = 8_000  # characters

# command → (type of the event, its data)
_WISHES: Mapping[str, Callable[[Delivery], tuple[str, Mapping[str, Any]]]] = {
    STOP: lambda delivery: (UNSUBSCRIBED, {"project_id": None}),
    STOP_PROJECT: lambda delivery: (UNSUBSCRIBED, {"project_id": delivery.project_id}),
    RESUME: lambda delivery: (PREFERENCES, {"mode": None, "resumed": True}),
    IMMEDIATE: lambda delivery: (PREFERENCES, {"mode": IMMEDIATE, "resumed": False}),
    DAILY: lambda delivery: (PREFERENCES, {"mode": DAILY, "resumed": False}),
    WEEKLY: lambda delivery: (PREFERENCES, {"mode": WEEKLY, "resumed": False}),
}
FOLLOWED = (*_WISHES, ASK)


@dataclass(frozen=True)
class Said:
    """One mail of one contact about one delivery."""

    incoming: Incoming
    delivery: Delivery
    reading: Reading
    now: datetime


@dataclass(frozen=True)
class Answering:
    """`seal` encrypts what a contact wrote, before it leaves in an event; `restored_at` says when the
    database was last restored from a backup."""

    book: IncomingBook
    contacts: Contacts
    wishes: Wishes
    acknowledgements: Acknowledgements
    seal: Callable[[dict[str, Any]], str]
    restored_at: Callable[[], datetime | None] = lambda: None

    def stopped(self, said: Said) -> Became:
        """The mail program's own «unsubscribe»: whatever stands in the mail."""
        return self._follow(said, STOP, "unsubscribe")

    def answered(self, said: Said) -> Became:
        """Somebody answered."""
        answer = said.reading.answer
        if answer is None:
            return Became(EMPTY, about=said.delivery.about())
        if answer.command == NOTED:
            return Became(NOTED, about=said.delivery.about())
        return self._follow(said, answer.command, "reply")

    def _follow(self, said: Said, command: str, by: str) -> Became:
        contact, about = self.contacts.get(said.delivery.contact_id), said.delivery.about()
        objection = self._objection(contact, said, command)
        if contact is None or objection is not None:
            return Became(objection or UNKNOWN, command, about=about)
        if command == STOP_PROJECT and len(said.delivery.projects) != 1:
            command = ASK  # which of them, a person has to find out
        events = self._do(said, contact, command, by)
        self._acknowledge(said, command)
        return Became(command, by, about=about, events=events)

    def _objection(self, contact: Contact | None, said: Said, command: str) -> str | None:
        if contact is None or contact.erased:
            return ERASED if contact else UNKNOWN
        if command == STOP:
            return None
        if said.delivery.recorded_at < said.now - TOKENS_LAST:
            return EXPIRED
        return TOO_MANY if self.book.count(contact.id, FOLLOWED, said.now - DAY) >= MOST_ANSWERS else None

    def _do(self, said: Said, contact: Contact, command: str, by: str) -> list[Event]:
        """What is to be published together with the mail's end."""
        if command == ASK:
            return [self._question(said, contact)]
        event_type, data = _WISHES[command](said.delivery)
        self.wishes.record(Wish(contact, said.incoming.id, event_type, by, data), said.now)
        failpoint("wish.recorded")
        return []

    def _question(self, said: Said, contact: Contact) -> Event:
        answer = said.reading.answer
        text = (answer.text or answer.command) if answer else ""
        sealed = self.seal({"name": contact.name, "text": redacted(text)[:LONGEST_QUESTION]})
        return Event(
            id=f"{said.incoming.id}:1",
            type=ASKED,
            source="prasan/notifications",
            subject=f"replies/{said.incoming.id}",
            time=said.now,
            version=1,
            data={"reply_id": said.incoming.id, **said.delivery.about(), "sealed": sealed},
        )

    def _acknowledge(self, said: Said, command: str) -> None:
        """Of a mail from before a restore nobody knows whether its sender was answered already."""
        contact_id, restored_at = said.delivery.contact_id, self.restored_at()
        if self.acknowledgements.count(contact_id, said.now - DAY) < MOST_ACKNOWLEDGEMENTS:
            self.acknowledgements.add(
                Acknowledgement(said.incoming.id, command, said.delivery, said.reading.message_id, said.now),
                in_doubt=restored_at is not None and said.incoming.received_at <= restored_at,
            )
            failpoint("acknowledgement.added")
