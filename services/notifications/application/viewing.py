"""Looking at deliveries: what was sent to whom, why, and what the mail server said. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from services.notifications.application.ports import Attempt, Pages
from services.notifications.application.writing import Messages, slot_values
from services.notifications.composing import Composed, Office, compose, prepare
from services.notifications.domain.contacts import Contact
from services.notifications.domain.dispatches import (
    SLICE,
    Dispatch,
    delivery_id,
    outcomes,
    seen_state,
    split_delivery_id,
)
from services.notifications.domain.recipients import Recipient
from services.notifications.domain.states import WORTH_A_LOOK
from shared.errors import FieldError, Invalid, NotFound

_AT_ONCE = 50  # dispatches
_MARKS = ("event", "milestone", "contact")


class Archive(Protocol):
    """What the ledger holds, for readers."""

    def pages_of_event(self, event_id: str) -> list[int]: ...

    def dispatch_ids(self, event: str | None, milestone: str | None, contact: str | None) -> list[str]: ...

    def worth_a_look(self, state: str, after: str | None, limit: int) -> list[str]: ...

    def dispatches(self, ids: Iterable[str]) -> Iterator[Dispatch]: ...

    def attempts(self, dispatch: str, position: int) -> Sequence[Attempt]: ...


@dataclass(frozen=True)
class Viewing:
    """The questions about deliveries."""

    archive: Archive
    pages: Pages
    messages: Messages
    office: Office

    def deliveries(
        self, wanted: Mapping[str, str | None], after: str | None, limit: int
    ) -> list[dict[str, Any]]:
        """Up to `limit` deliveries after that one. Raises Invalid if nothing narrows the question."""
        state, contact = wanted.get("state"), wanted.get("contact")
        found = (
            (dispatch, position, recipient)
            for dispatch in self._dispatches(wanted, after)
            for position, recipient in enumerate(dispatch.recipients)
            if (state is None or seen_state(dispatch, recipient) == state)
            and (contact is None or recipient.contact == contact)
            and _is_after(dispatch, position, after)
        )
        return [delivery_view(*each) for each in islice(found, limit)]

    def delivery(self, delivery: str) -> dict[str, Any]:
        """One delivery with its reasons, its attempts and the message as it was sent. Raises NotFound."""
        place = split_delivery_id(delivery)
        dispatch = next(self.archive.dispatches([place[0]]), None) if place else None
        if place is None or dispatch is None or place[1] >= len(dispatch.recipients):
            raise NotFound("delivery-not-found", id=delivery)
        position = place[1]
        attempts = self.archive.attempts(dispatch.id, position)
        return {
            **delivery_view(dispatch, position, dispatch.recipients[position]),
            "reasons": self._reasons(dispatch, position),
            "attempts": [attempt_view(attempt) for attempt in attempts],
            "message": self._message_as_sent(dispatch, attempts),
        }

    def dispatches(self, event_id: str, after: str | None, limit: int) -> list[dict[str, Any]]:
        """Up to `limit` dispatches of an event after the one of that id."""
        ids = self.archive.dispatch_ids(event_id, None, None)
        start = ids.index(after) + 1 if after in ids else 0
        return [dispatch_view(found) for found in self.archive.dispatches(ids[start : start + limit])]

    def pages_of(self, event_id: str) -> list[int]:
        """Which audience pages of an event arrived."""
        return self.archive.pages_of_event(event_id)

    def preview(
        self, about: Mapping[str, Any], language: str, reasons: Sequence[Mapping[str, Any]]
    ) -> dict[str, str]:
        """The mail about an event that may not have happened yet. Raises Unreadable."""
        nobody = Contact("preview", 0, language=language)
        return _filled(compose(about, language, self.office), slot_values(about, reasons, nobody))

    def _dispatches(self, wanted: Mapping[str, str | None], after: str | None) -> Iterator[Dispatch]:
        marks = {name: wanted.get(name) for name in _MARKS}
        begin = split_delivery_id(after or "")
        if any(marks.values()):
            ids = self.archive.dispatch_ids(marks["event"], marks["milestone"], marks["contact"])
            start = ids.index(begin[0]) if begin and begin[0] in ids else 0
            return self.archive.dispatches(ids[start:])
        state = wanted.get("state")
        if state not in WORTH_A_LOOK:
            raise Invalid(errors=[FieldError("?event", "required")])
        return self._worth_a_look(state, begin[0] if begin else None)

    def _worth_a_look(self, state: str, begin: str | None) -> Iterator[Dispatch]:
        while ids := self.archive.worth_a_look(state, begin, _AT_ONCE):
            yield from self.archive.dispatches(ids)
            begin = ids[-1] + "\0"  # the first id after it

    def _reasons(self, dispatch: Dispatch, position: int) -> Any:
        if dispatch.is_digest:
            return []  # each piece of news in it has its own
        members = self.pages.page(dispatch.page_id)["contacts"]
        return members[dispatch.slice * SLICE + position]["reasons"]

    def _message_as_sent(self, dispatch: Dispatch, attempts: Sequence[Attempt]) -> dict[str, str] | None:
        """The last one that went out; None where none did, or where an erasure took its values."""
        sent = next((attempt for attempt in reversed(attempts) if attempt.slots), None)
        composed = self.messages.find(dispatch.event_id, sent.language) if sent else None
        if sent is None or composed is None:
            return None
        return {"language": sent.language, **_filled(composed, sent.slots)}


def delivery_view(dispatch: Dispatch, position: int, recipient: Recipient) -> dict[str, Any]:
    return {
        "id": delivery_id(dispatch.id, position),
        "event_id": dispatch.event_id,
        "project_id": dispatch.project_id or None,
        "milestone_id": dispatch.milestone_id or None,
        "contact_id": recipient.contact,
        "state": seen_state(dispatch, recipient),
        "why": recipient.why,
        "due_at": recipient.due_at,
        "refusals": recipient.refusals,
        "doubts": recipient.doubts,
        "recorded_at": dispatch.recorded_at,
    }


def dispatch_view(dispatch: Dispatch) -> dict[str, Any]:
    return {
        "id": dispatch.id,
        "version": dispatch.version,
        "event_id": dispatch.event_id,
        "recipients": len(dispatch.recipients),
        "due_at": dispatch.due_at,
        "outcomes": outcomes(dispatch.recipients),
    }


def attempt_view(attempt: Attempt) -> dict[str, Any]:
    result = attempt.result
    return {
        "at": attempt.at,
        "verdict": result.verdict,
        "code": result.code,
        "enhanced": result.enhanced,
        "text": result.text,
    }


def _filled(composed: Composed, slots: Mapping[str, str]) -> dict[str, str]:
    text, html = prepare(composed).fill(slots)
    return {"subject": composed.subject, "text": text, "html": html}


def _is_after(dispatch: Dispatch, position: int, after: str | None) -> bool:
    begin = split_delivery_id(after or "")
    return begin is None or begin[0] != dispatch.id or position > begin[1]
