"""Sends acknowledgements: to the contact's own address, once, whatever else is told about them.

A crash while one is under way leaves it uncertain and it is not sent again: what was asked for was done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from services.notifications.application.ports import MailLine
from services.notifications.application.writing import Post
from services.notifications.composing import Person, reference
from services.notifications.composing.notes import acknowledge
from services.notifications.domain import replies, states
from services.notifications.domain.contacts import Contact, is_usable
from services.notifications.domain.recipients import Result
from services.notifications.intake import metrics
from services.notifications.intake.application.ports import Acknowledgement, Contacts
from services.notifications.mail.headers import HostileHeader
from services.notifications.mail.message import Mail
from services.notifications.mail.notes import NoteForm
from services.notifications.mail.tokens import REPLY
from shared.clock import Clock
from shared.errors import DependencyDown
from shared.failpoints import failpoint

MOST_ATTEMPTS = 8
AGAIN_AFTER = timedelta(minutes=1)  # doubled with each attempt
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Letter:
    """An acknowledgement in the book; `abandoned`: whoever sent it never said what became of it."""

    acknowledgement: Acknowledgement
    attempts: int
    abandoned: bool

    @property
    def id(self) -> str:
        return self.acknowledgement.id


class Letters(Protocol):
    """Acknowledgements that are to be sent."""

    def due(self, now: datetime, limit: int) -> list[Letter]: ...

    def claim(self, letter: Letter, now: datetime) -> bool:
        """False: another replica has it."""

    def end(self, letter: Letter, state: str, why: str) -> None: ...

    def put_back(self, letter: Letter, why: str, until: datetime) -> None: ...


class Projects(Protocol):
    def of_event(self, event_id: str) -> dict[str, Any] | None:
        """The snapshot of the project that an alert was about."""


@dataclass(frozen=True)
class Acknowledging:
    """`may_send` says whether mail goes out at present, `suppressed` whether nothing goes to an address;
    `connect` opens a line to the mail server and raises DependencyDown."""

    letters: Letters
    contacts: Contacts
    projects: Projects
    post: Post
    may_send: Callable[[], bool]
    suppressed: Callable[[str], bool]
    connect: Callable[[], MailLine]
    clock: Clock

    def send_waiting(self, limit: int = 20) -> int:
        """How many were looked at. Raises DependencyDown."""
        if not self.may_send():
            return 0
        due = self.letters.due(self.clock.now(), limit)
        for letter in due:
            self._one(letter)
        return len(due)

    def _one(self, letter: Letter) -> None:
        if letter.abandoned:
            return self._end(letter, states.UNCERTAIN, "abandoned")
        contact = self.contacts.get(letter.acknowledgement.delivery.contact_id)
        obstacle = self._obstacle(contact)
        if contact is None or obstacle:
            return self._end(letter, states.SUPPRESSED, obstacle)
        try:
            mail = self._written(letter.acknowledgement, contact)
        except HostileHeader:
            return self._end(letter, states.FAILED, "hostile_header")
        if self.letters.claim(letter, self.clock.now()):
            failpoint("acknowledgement.claimed")
            self._send(letter, mail)
        return None

    def _obstacle(self, contact: Contact | None) -> str:
        if contact is None or contact.erased or not contact.address:
            return "no_address"
        if contact.fingerprint and self.suppressed(contact.fingerprint):
            return "address_suppressed"
        return "" if is_usable(contact.address) else "address_unusable"

    def _written(self, acknowledgement: Acknowledgement, contact: Contact) -> Mail:
        post, delivery = self.post, acknowledgement.delivery
        person = Person(contact.name, contact.salutation, contact.position, contact.organisation)
        project = self.projects.of_event(delivery.event_id)
        number = reference(delivery.event_id, contact.id)
        note = acknowledge(acknowledgement.kind, person, contact.language, post.office, number, project)
        form = NoteForm(
            sender=post.sender,
            note_id=acknowledgement.id,
            subject=note.subject,
            text=note.text,
            html=note.html,
            reply_to=post.addresses.address(REPLY, delivery.id),
            in_reply_to=acknowledgement.in_reply_to,
            is_answer=True,
        )
        mail = form.write(contact.name, post.redirect_to or contact.address or "", self.clock.now())
        if post.signer is None:
            return mail
        return Mail(mail.envelope_from, mail.recipient, post.signer.sign(mail.data, self.clock.now()))

    def _send(self, letter: Letter, mail: Mail) -> None:
        try:
            line = self.connect()
        except DependencyDown as error:
            return self._again(letter, Result(replies.UNTOUCHED, text=error.cause))
        try:
            result = line.deliver([mail], lambda: True).results[0]
            failpoint("acknowledgement.sent")
        finally:
            line.quit()
        if result.verdict == replies.TAKEN:
            return self._end(letter, states.ACCEPTED, "")
        if result.verdict == replies.UNCONFIRMED:
            return self._end(letter, states.UNCERTAIN, "unconfirmed")
        if result.verdict == replies.NEVER:
            return self._end(letter, states.FAILED, result.enhanced or str(result.code))
        return self._again(letter, result)

    def _again(self, letter: Letter, result: Result) -> None:
        why = result.enhanced or result.verdict
        if letter.attempts + 1 >= MOST_ATTEMPTS:
            return self._end(letter, states.FAILED, why)
        log.warning("acknowledgement_waits", incoming_id=letter.id, cause=why)
        return self.letters.put_back(letter, why, self.clock.now() + AGAIN_AFTER * 2**letter.attempts)

    def _end(self, letter: Letter, state: str, why: str) -> None:
        self.letters.end(letter, state, why)
        failpoint("acknowledgement.ended")
        metrics.ANSWERED.labels(state).inc()
