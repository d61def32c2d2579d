"""Whom a person has to tell: the call list, and who was told by whom, when and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from time import sleep
from typing import Any, Protocol

from services.notifications.application.ports import Directory, Pages
from services.notifications.application.settling import outcome_event
from services.notifications.application.viewing import delivery_view
from services.notifications.composing import Office, Person, reference
from services.notifications.composing.spoken import spoken
from services.notifications.domain.by_hand import AHEAD, Record, Telling, is_by_hand, marked
from services.notifications.domain.contacts import Contact
from services.notifications.domain.dispatches import SLICE, Dispatch, outcomes, split_delivery_id
from shared.areas import meeting
from shared.clock import Clock
from shared.contracts.envelope import Event
from shared.contracts.facets import LANGUAGES
from shared.errors import (
    Conflict,
    FieldError,
    IdempotencyMismatch,
    Invalid,
    NotFound,
    PreconditionFailed,
    Unavailable,
    Unreadable,
)

ATTEMPTS, PAUSE = 20, 0.25  # seconds; a lane that sends to the same dispatch is done in a moment
Records = Mapping[int, Record]  # by position in the dispatch


@dataclass(frozen=True)
class Order:
    """Who asks, and how to recognise the same request when it is sent again."""

    subject: str
    key: str | None = None
    request_hash: str = ""


@dataclass(frozen=True)
class Wanted:
    """Which deliveries the list is about; None means any. `told`: those that are done, not the others."""

    project: str | None = None
    milestone: str | None = None
    district: str | None = None
    told: bool = False


class Tellings(Protocol):
    """The dispatches with somebody to tell, and what is known of each telling."""

    def page(self, told: bool, after: str | None, limit: int) -> list[tuple[Dispatch, Records]]:
        """From this dispatch on, by id."""

    def get(self, dispatch_id: str) -> tuple[Dispatch, Records] | None: ...

    def keep(self, dispatch: Dispatch, position: int, record: Record, event: Event | None) -> bool:
        """The dispatch with its new recipients; False if it changed meanwhile or a lane is at work on it."""


@dataclass(frozen=True)
class ByHand:
    """The use cases of `/v1/by-hand`."""

    tellings: Tellings
    pages: Pages
    directory: Directory
    office: Office
    clock: Clock

    def call_list(self, wanted: Wanted, after: str | None, limit: int) -> list[dict[str, Any]]:
        """Up to `limit` deliveries after that one, each with whom to ask for and what to say."""
        found = list(islice(self._found(wanted, after), limit))
        contacts = self.directory.contacts({d.recipients[position].contact for d, position, _ in found})
        return [self._view(*each, contacts) for each in found]

    def get(self, delivery: str) -> dict[str, Any]:
        """Raises NotFound for what is nobody's to tell."""
        dispatch, position, records = self._load(delivery)
        contact = dispatch.recipients[position].contact
        return self._view(
            dispatch, position, records.get(position, Record()), self.directory.contacts([contact])
        )

    def tell(self, delivery: str, given: Mapping[str, Any], order: Order) -> dict[str, Any]:
        """Somebody was told; said again, it changes nothing, and the first word stands.

        Raises NotFound, Invalid (told in the future), IdempotencyMismatch, Unavailable.
        """
        now = self.clock.now()
        at = given.get("at") or now
        if at > now + AHEAD:
            raise Invalid(errors=[FieldError("/at", "told-in-the-future")])
        by = given.get("by") or order.subject
        telling = Telling(by, min(at, now), given["how"], given.get("note"), order.subject, now)
        return self._change(
            delivery, order, lambda record: record if record.telling else record.told(telling)
        )

    def undo(self, delivery: str, version: int, order: Order) -> dict[str, Any]:
        """They were not told after all. Raises NotFound, Conflict, PreconditionFailed, Unavailable."""

        def undone(record: Record) -> Record:
            if record.telling is None:
                raise Conflict("not-told-by-hand")
            if record.version != version:
                raise PreconditionFailed()
            return record.undone()

        return self._change(delivery, order, undone)

    def _change(self, delivery: str, order: Order, decide: Any) -> dict[str, Any]:
        for _ in range(ATTEMPTS):
            dispatch, position, records = self._load(delivery)
            before = records.get(position, Record())
            if _carried_out(before, order):
                return self.get(delivery)
            after: Record = decide(before)
            if after is before and order.key is None:
                return self.get(delivery)
            if order.key is not None:
                after = after.remembering(order.key, order.request_hash)
            if self._store(dispatch, position, before, after):
                return self.get(delivery)
            sleep(PAUSE)
        raise Unavailable("delivery-busy")

    def _store(self, dispatch: Dispatch, position: int, before: Record, after: Record) -> bool:
        told = after.telling is not None
        recipient = dispatch.recipients[position]
        if told == (before.telling is not None):
            return self.tellings.keep(dispatch, position, after, None)
        recipients = list(dispatch.recipients)
        recipients[position] = marked(recipient, told)
        changed = replace(dispatch, recipients=tuple(recipients))
        news = outcome_event(dispatch, dispatch.version + 1, outcomes(changed.recipients), self.clock.now())
        return self.tellings.keep(changed, position, after, news)

    def _load(self, delivery: str) -> tuple[Dispatch, int, Records]:
        place = split_delivery_id(delivery)
        found = self.tellings.get(place[0]) if place else None
        if place is None or found is None or place[1] >= len(found[0].recipients):
            raise NotFound("delivery-not-found", id=delivery)
        dispatch, records = found
        if not is_by_hand(dispatch.recipients[place[1]]):
            raise Conflict("not-by-hand")
        return dispatch, place[1], records

    def _found(self, wanted: Wanted, after: str | None) -> Iterator[tuple[Dispatch, int, Record]]:
        begin = split_delivery_id(after or "")
        for dispatch, records in self._dispatches(wanted.told, begin[0] if begin else None):
            if not self._concerns(dispatch, wanted):
                continue
            passed = begin[1] if begin and begin[0] == dispatch.id else -1
            for position in self._positions(dispatch, records, wanted.told):
                if position > passed:
                    yield dispatch, position, records.get(position, Record())

    def _positions(self, dispatch: Dispatch, records: Records, told: bool) -> list[int]:
        """Who was told; or who still is to be, as far as it is still true and they still want to hear it."""
        by_hand = [n for n, recipient in enumerate(dispatch.recipients) if is_by_hand(recipient)]
        found = [n for n in by_hand if bool(records.get(n, Record()).telling) == told]
        if told or not found:
            return found
        milestones, _ = self.directory.subjects([dispatch.milestone_id], [dispatch.project_id])
        subject = milestones.get(dispatch.milestone_id)
        if subject and subject.overtaken(dispatch.event_id, dispatch.event_version):
            return []
        contacts = self.directory.contacts(dispatch.recipients[n].contact for n in found)
        return [n for n in found if _may_be_told(contacts.get(dispatch.recipients[n].contact))]

    def _dispatches(self, told: bool, begin: str | None) -> Iterator[tuple[Dispatch, Records]]:
        while found := self.tellings.page(told, begin, SLICE):
            yield from found
            begin = found[-1][0].id + "\0"  # the first id after it

    def _concerns(self, dispatch: Dispatch, wanted: Wanted) -> bool:
        if wanted.project not in (None, dispatch.project_id):
            return False
        if wanted.milestone not in (None, dispatch.milestone_id):
            return False
        return wanted.district is None or wanted.district in meeting(self._areas(dispatch))

    def _areas(self, dispatch: Dispatch) -> list[str]:
        areas: list[str] = self.pages.about(dispatch.event_id)["data"]["project"]["facets"]["areas"]
        return areas

    def _view(
        self, dispatch: Dispatch, position: int, record: Record, contacts: Mapping[str, Contact]
    ) -> dict[str, Any]:
        """Everything that a call needs; of somebody erased nothing but that there was somebody."""
        recipient = dispatch.recipients[position]
        contact = contacts.get(recipient.contact) or Contact(recipient.contact, 0, erased=True)
        about = self.pages.about(dispatch.event_id)
        milestone = about["data"].get("milestone") or {}
        return {
            **delivery_view(dispatch, position, recipient),
            "version": record.version,
            "name": contact.name,
            "position": contact.position,
            "reach_by": contact.by_hand,
            "language": contact.language,
            "project": about["data"]["project"]["title"],
            "milestone": milestone.get("title"),
            "text": None if contact.erased else self._texts(dispatch, position, about, contact),
            "told": _telling_view(record.telling),
        }

    def _texts(
        self, dispatch: Dispatch, position: int, about: Mapping[str, Any], contact: Contact
    ) -> dict[str, str] | None:
        members = self.pages.page(dispatch.page_id)["contacts"]
        reasons = members[dispatch.slice * SLICE + position]["reasons"]
        organisation = contact.organisation or (reasons[0]["partner"] if reasons else None)
        person = Person(contact.name, contact.salutation, contact.position, organisation)
        number = reference(about["id"], contact.id)
        try:
            return {
                language: spoken(about, reasons, person, language, self.office, number)
                for language in LANGUAGES
            }
        except Unreadable:
            return None  # the person can still be told, in the caller's own words


def _may_be_told(contact: Contact | None) -> bool:
    if contact is None or contact.erased:
        return False
    return contact.lawful_basis is not None and not contact.unsubscribed


def _carried_out(record: Record, order: Order) -> bool:
    """Whether this very request was. Raises IdempotencyMismatch if its key came with another one."""
    known = (record.keys or {}).get(order.key or "")
    if known is not None and known != order.request_hash:
        raise IdempotencyMismatch()
    return known is not None


def _telling_view(telling: Telling | None) -> dict[str, Any] | None:
    if telling is None:
        return None
    at: datetime = telling.at
    return {"by": telling.by, "at": at, "how": telling.how, "note": telling.note}
