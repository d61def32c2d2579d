"""The use cases over a real database, a directory to fill, and events to handle."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pymongo.database import Database

from services.partners.application.orders import Order
from services.partners.application.ports import Record
from services.partners.service.wiring import UseCases, wired
from services.partners.storage.collections import WITH_OUTBOX, ensure_indexes
from shared.clock import Clock, to_timestamp
from shared.config import Settings
from shared.contracts.envelope import Event
from shared.contracts.pages import contacts_of
from shared.contracts.registry import check, event_from_document
from shared.messaging.sweeper import Sweeper
from tests.unit.partners.occasions import event_data

SECRET = "only-for-tests-0123456789-0123456789"
MANAGER = Order("manager")
BASIS = {"alerts": {"basis": "public_task", "source": "ทะเบียนภาคี"}}


class Relay:
    """Stands in for the relay of a process: what it published is a list."""

    def __init__(self) -> None:
        self.published: list[Event] = []

    def wake(self, *collections: str) -> None: ...

    def publish_all(self, events: Sequence[Event]) -> None:
        self.published += events

    def republish(self, event_id: str) -> None:
        raise NotImplementedError


class World:
    """One database with everything that a test puts into it."""

    def __init__(self, database: Database[dict[str, Any]], clock: Clock) -> None:
        ensure_indexes(database)
        self.database = database
        self.clock = clock
        self.relay = Relay()
        self.use_cases = self.replica()
        self._versions = 0

    def replica(self) -> UseCases:
        """The use cases as another process would have them."""
        settings = Settings(prasan_secret_key=SECRET, hold_seconds=120)
        return wired(self.database, self.relay, settings, self.clock)

    def publish(self) -> list[Event]:
        """What the relay does: everything leaves its outbox for the history. Returns all published so far."""
        publisher: Any = self.relay
        Sweeper(self.database, WITH_OUTBOX, publisher, self.clock).sweep()
        return self.relay.published

    # The directory --------------------------------------------------------------------------------

    def partner(self, *kinds: str, **given: Any) -> str:
        body = {"name": {"th": "องค์กรตัวอย่าง", "en": None}, "kinds": list(kinds or ("community",)), **given}
        return str(self.use_cases.partners.create(body, MANAGER)["id"])

    def contact(self, *partner_ids: str, **given: Any) -> Record:
        body = {"name": {"th": "สมชาย ใจดี", "en": "Somchai"}, "lawful_bases": BASIS, **given}
        return self.use_cases.contacts.create({**body, "partner_ids": list(partner_ids)}, MANAGER)

    def people(self, count: int, *partner_ids: str) -> list[str]:
        return [self.contact(*partner_ids)["id"] for _ in range(count)]

    def engage(
        self, partner_id: str, role: str = "sponsor", project_id: str = "project", **given: Any
    ) -> Record:
        body = {"project_id": project_id, "role": role, **given}
        return self.use_cases.engagements.create(body, MANAGER, partner_id=partner_id)

    def subscribe(self, partner_id: str, **facets: Any) -> Record:
        return self.use_cases.subscriptions.create({"facets": facets}, MANAGER, partner_id=partner_id)

    # Events ---------------------------------------------------------------------------------------

    def event(self, happened: str = "milestone.reached", version: int | None = None, **data: Any) -> Event:
        """An event of projects, each newer than the one before unless the test says which it is."""
        self._versions = version or self._versions + 1
        content = event_data(**data)
        if happened.startswith("project."):
            content = {"project": content["project"], "historic": content["historic"]}
        return check(
            Event(
                id=f"project:{self._versions}",
                type=f"projects.{happened}.v1",
                source="prasan/projects",
                subject="milestones/milestone",
                time=self.clock.now() + timedelta(seconds=self._versions),
                version=self._versions,
                data=content,
                actor="phimchai",
            )
        )

    def handle(self, event: Event, by: UseCases | None = None) -> None:
        (by or self.use_cases).recorder.handle(event)

    # What came of them ----------------------------------------------------------------------------

    def pages(self, event: Event) -> list[Event]:
        """The page events as stored or published, each once, checked against their contract."""
        waiting = [
            envelope
            for document in self.database.audience_pages.find({"event_id": event.id})
            for envelope in document.get("outbox", ())
        ]
        published = self.database.events.find(
            {"type": "partners.audience.page.v1", "envelope.data.about.id": event.id}
        )
        found = {e["id"]: e for e in (*waiting, *(document["envelope"] for document in published))}
        return sorted(map(event_from_document, found.values()), key=lambda page: int(page.data["page"]))

    def told(self, event: Event) -> dict[str, list[str]]:
        """contact id → reason codes; fails if a contact is told twice."""
        contacts = [contact for page in self.pages(event) for contact in contacts_of(page.data)]
        told = {c["contact_id"]: [reason["code"] for reason in c["reasons"]] for c in contacts}
        assert len(told) == len(contacts), "somebody is told twice"
        return told

    def left_out(self, event: Event) -> dict[str, str]:
        """contact id → why."""
        pages = self.database.audience_pages.find({"event_id": event.id})
        return {each["contact_id"]: each["why"] for page in pages for each in page["left_out"]}

    def head(self, event: Event) -> Event | None:
        document = self.database.audiences.find_one({"_id": event.id})
        if document is None:
            return None
        if document.get("outbox"):
            return event_from_document(document["outbox"][0])
        return event_from_document(self.database.events.find_one({"_id": f"{event.id}:head"})["envelope"])

    def suppressed(self, contact: Record, **given: Any) -> Event:
        """notifications says that the contact's address takes no mail."""
        data = {
            "contact_id": contact["id"],
            "contact_version": contact["version"],
            "fingerprint": contact["fingerprint"],
            "why": "5.1.1",
        }
        at = given.pop("at", self.clock.now())
        return check(
            Event(
                id=f"dispatch:{to_timestamp(at)}",
                type="notifications.address.suppressed.v1",
                source="prasan/notifications",
                subject=f"contacts/{contact['id']}",
                time=at,
                version=1,
                data={**data, **given},
            )
        )
