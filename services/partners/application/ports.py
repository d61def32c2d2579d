"""What the use cases need from outside: records of the directory, what matches an event, audiences."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.partners.domain.consent import Candidate
from services.partners.domain.pages import Page
from services.partners.domain.reasons import Engagement, Partner, Reason, Subscription
from shared.contracts.envelope import Event

Record = dict[str, Any]  # `id`, `version`, `created_at`, `updated_at` and the fields of its kind


class Records(Protocol):
    """Documents of one kind, each with the events that its changes raise."""

    def find(self, record_id: str) -> Record | None: ...

    def insert(self, record: Record, events: Sequence[Event] = ()) -> None:
        """Raises AlreadyExists, DuplicateValue."""

    def update(
        self,
        record_id: str,
        version: int,
        fields: Mapping[str, Any],
        events: Sequence[Event] = (),
        unset: Collection[str] = (),
    ) -> None:
        """Set `fields`; the version grows by one. Raises VersionConflict, DuplicateValue."""

    def page(self, wanted: Mapping[str, Any], after: str | None, limit: int) -> list[Record]:
        """Up to `limit` records whose fields equal (or, for a list, contain) those wanted, by id."""


class Contacts(Records, Protocol):
    """Contacts can be erased."""

    def bury(self, contact_id: str, version: int, tombstone: Record, event: Event) -> None:
        """Nothing remains but the tombstone and its event, in one write. Raises VersionConflict."""

    def unfinished(self, before: datetime) -> list[str]:
        """Contacts erased before then, whose traces were not scrubbed for the last time."""

    def finish(self, contact_id: str) -> None:
        """Their traces are gone."""


class Shapes(Protocol):
    """Which combinations of facets any subscription names."""

    def add(self, shape: str) -> None:
        """Known before the subscription is, so that no event can miss it."""


class Directory(Protocol):
    """What an event meets. Every question costs by what it finds, not by what exists."""

    def shapes(self) -> list[str]: ...

    def subscriptions(self, keys: Sequence[str]) -> list[Subscription]: ...

    def engagements(self, project_id: str) -> list[Engagement]: ...

    def seats(self, missions: Collection[int]) -> list[str]:
        """Partners that sit on the jppcc for one of these missions."""

    def partners(self, partner_ids: Collection[str]) -> dict[str, Partner]:
        """Those that have not ended."""

    def contacts_of(self, partner_ids: Collection[str], now: datetime) -> list[Candidate]: ...

    def contacts(self, contact_ids: Collection[str], now: datetime) -> list[Candidate]: ...

    def people(self, contact_ids: Collection[str]) -> dict[str, Record]:
        """Name, position, language, preferences and whether there is an address, for the preview."""


@dataclass(frozen=True)
class StoredPage:
    """What is known of a stored page without reading its contacts."""

    number: int
    last: str
    final: bool
    relevant: int
    left_out: Mapping[str, int]  # why → how many
    fingerprint: str  # of the event that it is for


class Audiences(Protocol):
    """Pages and heads of past audiences, each with its event in its own outbox."""

    def head(self, event_id: str) -> Record | None: ...

    def pages(self, event_id: str) -> list[StoredPage]:
        """In order."""

    def add_page(self, page: Page, about: Event, event: Event) -> StoredPage:
        """Stores the page once and returns what is stored: ours, or another replica's.

        Raises ConflictingDuplicate if it was stored for other content under the same event id.
        """

    def add_head(self, head: Record, about: Event, event: Event) -> None:
        """Stores the head once."""

    def told(self, event_ids: Sequence[str]) -> Iterator[tuple[str, Reason]]:
        """(contact id, each of its reasons) in the stored pages of these events."""

    def concerned(self, event_id: str, number: int) -> list[Record]:
        """Everybody in one page, told with reasons or left out with why, by contact id."""

    def concerning(self, milestone_id: str, event_types: Sequence[str]) -> list[str]:
        """The milestone's earlier events of these types that have an audience and were not recalled."""


class Projection(Protocol):
    """The newest known state of projects and milestones."""

    def keep(self, event: Event) -> bool:
        """False if it knows something as new. Raises ConflictingDuplicate."""

    def project(self, project_id: str) -> Mapping[str, Any] | None: ...

    def milestone(self, milestone_id: str) -> Mapping[str, Any] | None: ...


class Traces(Protocol):
    """Where a person may have left traces besides the contact's own record."""

    def scrub(self, contact_id: str, address: str | None) -> None:
        """Remove every trace but the tombstone and its event."""

    def holdings(self, contact_id: str, address: str | None) -> dict[str, Any]:
        """Everything that is kept about the contact besides its record."""


class Republisher(Protocol):
    def republish(self, event_id: str) -> None:
        """Raises NotFound, Unroutable, DependencyDown."""
