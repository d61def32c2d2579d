"""An errand becomes a mail: composed once per event and language, filled and addressed per contact."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.notifications.application.digest_planning import Planned
from services.notifications.application.digest_writing import DigestWriter
from services.notifications.application.planning import Errand
from services.notifications.application.ports import Pages
from services.notifications.composing import (
    Composed,
    Office,
    Person,
    Prepared,
    compose,
    prepare,
    reference,
    slots,
)
from services.notifications.composing.notice import notice
from services.notifications.composing.wording import wording
from services.notifications.domain.contacts import Contact, awaits_notice
from services.notifications.domain.dispatches import delivery_id
from services.notifications.mail.message import Mail, MailForm, Sender
from services.notifications.mail.signing import DkimSigner
from services.notifications.mail.tokens import SignedAddresses
from shared.clock import from_timestamp

_FORMS_KEPT = 32  # of recent (event, language)


class Messages(Protocol):
    """Composed mails, one per event and language."""

    def keep(self, event_id: str, language: str, composed: Composed) -> Composed:
        """The first one kept, which all replicas use."""

    def find(self, event_id: str, language: str) -> Composed | None: ...


@dataclass(frozen=True)
class Post:
    """How mails are sent: from whom, under which signatures, and perhaps all to one address."""

    sender: Sender
    addresses: SignedAddresses
    office: Office
    signer: DkimSigner | None = None
    redirect_to: str = ""

    def stop_page(self, delivery: str) -> str:
        """The address that stops all mails by one click, where mails may carry links; otherwise ''."""
        portal = self.office.portal
        if not self.office.links or not portal.startswith("https://"):
            return ""
        return f"{portal.rstrip('/')}/unsubscribe/{self.addresses.page(delivery)}"


@dataclass(frozen=True, slots=True)
class Written:
    """A mail, the values that filled its slots, and when what it tells of was reported."""

    mail: Mail
    language: str
    slots: Mapping[str, str]
    reported_at: datetime


@dataclass(frozen=True)
class _Form:
    about: Mapping[str, Any]
    prepared: Prepared
    fixed: MailForm
    reported_at: datetime


class Writer:
    """Keeps the forms of recent mails."""

    def __init__(
        self, pages: Pages, messages: Messages, post: Post, digests: DigestWriter | None = None
    ) -> None:
        self._pages = pages
        self._messages = messages
        self._post = post
        self._digests = digests
        self._forms: OrderedDict[tuple[str, str], _Form] = OrderedDict()

    def write(self, errand: Errand, now: datetime) -> Written:
        """Raises HostileHeader for a name that tries to be more than one header."""
        if errand.digest is not None:
            return self._write_digest(errand, errand.digest, now)
        contact = errand.contact
        form = self._form(errand.dispatch.event_id, contact.language)
        values = slot_values(form.about, errand.reasons, contact)
        values |= first_notice(contact, self._post.office)
        text, html = form.prepared.fill(values)
        mail = self._addressed(form.fixed, errand, now, text, html)
        return Written(mail, contact.language, values, form.reported_at)

    def _write_digest(self, errand: Errand, planned: Planned, now: datetime) -> Written:
        assert self._digests is not None
        digest, contact, post = planned.digest, errand.contact, self._post
        composed, values, (text, html) = self._digests.write(digest, planned.news, contact)
        form = MailForm(post.sender, digest.id, f"digest.{digest.period}", composed.subject)
        mail = self._addressed(form, errand, now, text, html)
        return Written(mail, contact.language, values, digest.slot)

    def _addressed(self, form: MailForm, errand: Errand, now: datetime, text: str, html: str) -> Mail:
        contact, post = errand.contact, self._post
        mail = form.write(
            delivery_id=delivery_id(*errand.place),
            contact_id=contact.id,
            name=contact.name,
            address=post.redirect_to or contact.address or "",
            signed=post.addresses,
            now=now,
            text=text,
            html=html,
            stop_page=post.stop_page(delivery_id(*errand.place)),
        )
        if post.signer:
            mail = Mail(mail.envelope_from, mail.recipient, post.signer.sign(mail.data, now))
        return mail

    def _form(self, event_id: str, language: str) -> _Form:
        key = (event_id, language)
        if key in self._forms:
            self._forms.move_to_end(key)
            return self._forms[key]
        form = self._forms[key] = self._make_form(event_id, language)
        if len(self._forms) > _FORMS_KEPT:
            self._forms.popitem(last=False)
        return form

    def _make_form(self, event_id: str, language: str) -> _Form:
        about = self._pages.about(event_id)
        composed = self._messages.find(event_id, language)
        if composed is None:
            composed = self._messages.keep(event_id, language, compose(about, language, self._post.office))
        fixed = MailForm(self._post.sender, event_id, about["type"], composed.subject)
        return _Form(about, prepare(composed), fixed, from_timestamp(about["time"]))


def first_notice(contact: Contact, office: Office) -> dict[str, str]:
    """What the first mail to somebody whose data came from elsewhere says beside its news."""
    if not awaits_notice(contact):
        return {}
    return {"notice": notice(contact.source, contact.lawful_basis, office, wording(contact.language))}


def slot_values(
    about: Mapping[str, Any], reasons: Sequence[Mapping[str, Any]], contact: Contact
) -> dict[str, str]:
    """What differs in this contact's mail."""
    organisation = contact.organisation or (reasons[0]["partner"] if reasons else None)
    person = Person(contact.name, contact.salutation, contact.position, organisation)
    return slots(about, reasons, person, contact.language, reference(about["id"], contact.id))


Write = Callable[[Errand, datetime], Written]
