"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from services.notifications.domain.contacts import Contact
from shared.contracts.envelope import Event


@dataclass(frozen=True)
class Arrived:
    """A mail as it came: its bytes, and what the road it came by knows of its envelope; `came_at`: when it
    came into the mailbox that it was fetched from."""

    raw: bytes
    source: str  # imap or lmtp
    size: int  # bytes, also of what was cut off
    envelope_to: Sequence[str] = ()
    null_sender: bool = False
    came_at: datetime | None = None


@dataclass(frozen=True)
class Incoming:
    """A mail that is kept, and not handled yet."""

    id: str
    version: int
    received_at: datetime
    raw: bytes
    envelope_to: Sequence[str]
    null_sender: bool
    attempts: int = 0


@dataclass(frozen=True)
class Became:
    """What became of a mail. `about` has ids, never an address."""

    outcome: str
    cause: str = ""
    sender: str = ""  # fingerprint of the address in From
    about: Mapping[str, str | None] = field(default_factory=dict)
    events: Sequence[Event] = ()


@dataclass(frozen=True)
class Delivery:
    """The delivery that a token names; a digest may be about several projects."""

    id: str
    dispatch_id: str
    position: int
    contact_id: str
    event_id: str
    projects: Sequence[str]
    milestone_id: str | None
    recorded_at: datetime

    @property
    def project_id(self) -> str | None:
        """The one that it is about, or the first of those in a digest."""
        return self.projects[0] if self.projects else None

    def about(self) -> dict[str, str | None]:
        return {
            "delivery_id": self.id,
            "contact_id": self.contact_id,
            "event_id": self.event_id,
            "project_id": self.project_id,
            "milestone_id": self.milestone_id,
        }


@dataclass(frozen=True)
class Acknowledgement:
    """What a contact is told of its own answer; `id` is the incoming mail's."""

    id: str
    kind: str
    delivery: Delivery
    in_reply_to: str
    at: datetime


class IncomingBook(Protocol):
    """Everything that ever came in, until its retention ends."""

    def add(self, arrived: Arrived, now: datetime) -> bool:
        """False: it was here before."""

    def waiting(self, now: datetime, limit: int) -> list[Incoming]: ...

    def finish(self, incoming: Incoming, became: Became, now: datetime) -> None:
        """With its events, in one write; nothing if somebody else has finished it."""

    def put_off(self, incoming: Incoming, cause: str, until: datetime) -> None: ...

    def count(self, contact_id: str, outcomes: Sequence[str], since: datetime) -> int:
        """How many of a contact's mails became one of these."""


class Deliveries(Protocol):
    """The ledger, as far as what comes back concerns it."""

    def find(self, token: str) -> Delivery | None: ...

    def returned(self, delivery: Delivery, state: str, why: str, now: datetime) -> bool:
        """Mark it bounced or complained; False where its state does not allow it.

        Raises VersionConflict while somebody else is at work on it.
        """


class Contacts(Protocol):
    def get(self, contact_id: str) -> Contact | None: ...


class Suppressions(Protocol):
    def add(
        self, fingerprint: str, why: str, now: datetime, *, by: str, contact: Contact | None = None
    ) -> Any:
        """Nothing is sent there any more."""


class Wishes(Protocol):
    """What contacts wanted, counted, each wish once."""

    def record(self, wish: Wish, now: datetime) -> None: ...


@dataclass(frozen=True)
class Wish:
    """`source` is what it was said by: an incoming mail's id, or a page's token; said again it changes
    nothing. `data` completes the event of this type."""

    contact: Contact
    source: str
    event_type: str
    by: str
    data: Mapping[str, Any]


class Acknowledgements(Protocol):
    def add(self, acknowledgement: Acknowledgement, in_doubt: bool = False) -> bool:
        """False: it is known. One in doubt, which may have been sent before a restore, is not sent."""

    def count(self, contact_id: str, since: datetime) -> int: ...
