"""A dispatch: up to 25 deliveries of one event, stored, claimed and settled together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from services.notifications.domain import states
from services.notifications.domain.claiming import MAIL_MODE
from services.notifications.domain.recipients import Recipient

SLICE = 25  # recipients of a dispatch

T = TypeVar("T")


@dataclass(frozen=True)
class Lease:
    """Who is at work on a dispatch: the claim's token, the lane, and until when (the database's clock)."""

    token: str
    lane: str
    until: datetime


@dataclass(frozen=True)
class Dispatch:
    """A fixed slice, by position, of one stored audience page. Never grouped by anything that may change
    between a crash and a redelivery."""

    id: str
    version: int
    event_id: str
    event_version: int
    page_id: str
    slice: int
    project_id: str
    milestone_id: str
    recorded_at: datetime
    recipients: tuple[Recipient, ...]
    lease: Lease | None = None
    event: str = ""  # its kind, as `milestone.reached`

    @property
    def due_at(self) -> datetime | None:
        """When the first of its recipients is due; None: nothing remains to be done by time alone.

        Who waits for a digest is none of the lanes' business: `digest_at`.
        """
        due = (r.due_at for r in self.recipients if r.due_at is not None and r.state != states.IN_DIGEST)
        return min(due, default=None)

    @property
    def digest_at(self) -> datetime | None:
        """When the first digest is due that somebody in it waits for."""
        slots = (r.due_at for r in self.recipients if r.due_at is not None and r.state == states.IN_DIGEST)
        return min(slots, default=None)

    @property
    def is_digest(self) -> bool:
        """Whether it is a contact's digest rather than a slice of an audience page."""
        return not self.page_id

    @property
    def waits_for_mail_mode(self) -> bool:
        return any(r.why == MAIL_MODE for r in self.recipients)

    @property
    def attention(self) -> list[str]:
        """The states in it that a person may have to act on."""
        found = {r.state for r in self.recipients if r.why != states.TOLD}
        return [state for state in states.WORTH_A_LOOK if state in found]


def slices(page: Sequence[T]) -> Iterator[tuple[int, Sequence[T]]]:
    """(number, members) of each slice of a page, by position."""
    for number, start in enumerate(range(0, len(page), SLICE)):
        yield number, page[start : start + SLICE]


def dispatch_id(event_id: str, page: int, slice_number: int) -> str:
    """`{event id}:{page}:{slice}`"""
    return f"{event_id}:{page}:{slice_number}"


def delivery_id(dispatch: str, position: int) -> str:
    """`{dispatch id}:{position}`"""
    return f"{dispatch}:{position}"


def split_delivery_id(text: str) -> tuple[str, int] | None:
    """(dispatch id, position), or None if it is no such id."""
    dispatch, _, position = text.rpartition(":")
    if not dispatch or not position.isascii() or not position.isdigit() or int(position) >= SLICE:
        return None
    return dispatch, int(position)


def place_in_page(position: int) -> tuple[int, int]:
    """(slice number, position in it) of the contact at that place of an audience page."""
    return divmod(position, SLICE)


def outcomes(recipients: Sequence[Recipient]) -> list[dict[str, Any]]:
    """How many are in which state for which cause: absolute, so that the newest count says it all."""
    counts = Counter((r.state, r.why) for r in recipients)
    return [
        {"state": state, "why": why, "count": count}
        for (state, why), count in sorted(counts.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    ]


def seen_state(dispatch: Dispatch, recipient: Recipient) -> str:
    """The state as a reader sees it: what is claimed and due is being sent."""
    waits = recipient.state == states.IN_DIGEST
    if dispatch.lease and recipient.due_at and recipient.due_at < dispatch.lease.until and not waits:
        return states.SENDING
    return recipient.state
