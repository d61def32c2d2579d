"""What the use cases need from outside: the ledger, projections, counters, and the mail server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from services.notifications.domain.contacts import Contact
from services.notifications.domain.dispatches import Dispatch, Lease
from services.notifications.domain.lanes import LaneRecord
from services.notifications.domain.recipients import Result
from services.notifications.domain.subjects import Alert, Milestone
from services.notifications.mail.message import Mail
from services.notifications.smtp.conversation import Delivered

Document = dict[str, Any]


@dataclass(frozen=True)
class Due:
    """A dispatch with something to do, as the sweep saw it. With a lease, that lease has ended."""

    id: str
    version: int
    lease: Lease | None = None


@dataclass(frozen=True)
class Attempt:
    """What one conversation said to one recipient, and the slot values that filled the mail."""

    position: int
    at: datetime
    result: Result
    language: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settlement:
    """A dispatch after a claim: `dispatch` has the new recipients, still at the claim's version and lease.

    `event` is the outcome to publish, where one changed.
    """

    dispatch: Dispatch
    attempts: Sequence[Attempt] = ()
    event: Mapping[str, Any] | None = None


class Ledger(Protocol):
    """Dispatches, the records of lanes, and attempts. Every write of a lane names its claim's token."""

    def due(self, now: datetime, limit: int) -> list[Due]: ...

    def claim(self, due: Sequence[Due], lease: Lease) -> list[Dispatch]:
        """Those that nobody else has taken or changed meanwhile, now leased."""

    def get(self, dispatch_id: str) -> Dispatch | None: ...

    def renew(self, dispatch_ids: Sequence[str], lease: Lease) -> bool:
        """True if all of them are still leased by this token, now until later."""

    def add_lane(self, lane: str, now: datetime) -> bool:
        """A new lane of the book that its name begins with; nothing may be claimed for it before. False: the
        book was fenced meanwhile."""

    def remove_lane(self, lane: str) -> None: ...

    def open_window(self, record: LaneRecord) -> bool:
        """Written durably; False: the lane was fenced, and nothing may be sent."""

    def fence(self, lane: str, now: datetime) -> LaneRecord | None:
        """The lane's last record, after which no lane of its book can open a window."""

    def settle(self, settlements: Sequence[Settlement]) -> int:
        """How many were stored: those whose version and token are still the claim's. Releases leases."""


class Directory(Protocol):
    """What is read again at every claim."""

    def contacts(self, ids: Iterable[str]) -> Mapping[str, Contact]: ...

    def suppressed(self, fingerprints: Iterable[str]) -> frozenset[str]: ...

    def subjects(
        self, milestone_ids: Iterable[str], project_ids: Iterable[str]
    ) -> tuple[Mapping[str, Milestone], Mapping[str, str]]:
        """(milestones, visibilities of projects)"""


class Pages(Protocol):
    """Audience pages and the alerts they are about, as they arrived; neither ever changes."""

    def page(self, page_id: str) -> Document: ...

    def about(self, event_id: str) -> Document: ...


class Counters(Protocol):
    """Counters that replicas share."""

    def add(self, key: str, amount: int, ends_at: datetime) -> int:
        """The count after adding; a negative amount gives back."""


class Suppressions(Protocol):
    """Addresses that nothing is sent to, by their fingerprints."""

    def suppress(self, contact: Contact, why: str, now: datetime) -> None: ...


class MailLine(Protocol):
    """An open connection to the mail server."""

    open: bool

    def deliver(self, window: Sequence[Mail], may_send: Callable[[], bool]) -> Delivered: ...

    def is_alive(self) -> bool: ...

    def quit(self) -> None: ...


class Restored(Protocol):
    """A restore of this service's database: `at` is later than anything that was reported before it, `base`
    above every version that was given before it."""

    @property
    def at(self) -> datetime: ...

    @property
    def base(self) -> int: ...


class Recorder(Protocol):
    """Stores what an audience page brings, each part once."""

    def last_restore(self) -> Restored | None: ...

    def without_address(self, contact_ids: Iterable[str]) -> frozenset[str]:
        """Those of these whom nobody can have mailed."""

    def add_alert(self, alert: Document, fingerprint: str) -> bool: ...

    def add_page(self, page: Document, fingerprint: str) -> bool: ...

    def add_dispatches(self, dispatches: Sequence[Dispatch], fingerprint: str) -> int: ...

    def note_alert(self, milestone_id: str, alert: Alert) -> None: ...

    def note_recall(self, milestone_id: str, event_ids: Sequence[str]) -> None: ...

    def note_visibility(self, project_id: str, version: int, visibility: str) -> None: ...
