"""The intake without its process: its use cases on a real database and a real mail server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo.database import Database

from services.notifications.intake.application.acknowledging import Acknowledging
from services.notifications.intake.application.answering import Answering
from services.notifications.intake.application.handling import Handling
from services.notifications.intake.application.returning import Returning
from services.notifications.intake.application.stopping import Stopping
from services.notifications.intake.application.taking import Taking
from services.notifications.intake.storage.acknowledgements import AcknowledgementStore
from services.notifications.intake.storage.alerts import AlertedProjects
from services.notifications.intake.storage.deliveries import DeliveryStore
from services.notifications.intake.storage.incoming import IncomingStore
from services.notifications.intake.storage.people import People
from services.notifications.intake.storage.wishes import WishStore
from services.notifications.storage.restoring import RestoreNotes
from shared.testing.clock import FixedClock
from shared.testing.mailbox import Mailbox
from tests.integration.notifications.world import World


class Intake(World):
    """A world of notifications in which mails come back as well."""

    def __init__(self, database: Database[Any], mailbox: Mailbox, clock: FixedClock, **settings: Any) -> None:
        super().__init__(database, mailbox, clock, **settings)
        self.book, people = IncomingStore(database), People(database)
        self.letters, self.wishes = AcknowledgementStore(database), WishStore(database)
        for store in (self.book, self.letters, self.wishes):
            store.ensure_indexes()
        post = self.workshop.post
        self.signed = post.addresses
        self.found = DeliveryStore(database)
        fingerprint = self.sealer.fingerprint
        suppressions = self.stores.suppressions
        self.handling = Handling(
            self.book,
            self.found,
            self.signed,
            Returning(self.book, self.found, people, suppressions, fingerprint, not post.redirect_to),
            Answering(self.book, people, self.wishes, self.letters, self.sealer.seal, self._restored_at),
            fingerprint,
            clock,
        )
        self.acknowledging = Acknowledging(
            self.letters,
            people,
            AlertedProjects(database),
            post,
            lambda: self.settings.mail_mode != "hold",
            lambda each: bool(suppressions.active([each])),
            self.server.connect,
            clock,
        )
        self.taking = Taking(self.book, clock, lambda: None)
        clicks = iter(range(1_000_000))
        self.stopping = Stopping(
            self.found, people, self.wishes, self.signed, clock, lambda: f"click-{next(clicks)}"
        )

    def _restored_at(self) -> datetime | None:
        restore = RestoreNotes(self.database).last_restore()
        return restore.at if restore else None

    def told_delivery(self, contact: str = "c1", **given: Any) -> str:
        """A contact who was told; the delivery's id."""
        self.know(contact, **given)
        event = self.tell(contact)
        self.turn()
        return f"{event}:0:0:0"

    def comes(self, raw: bytes, to: Sequence[str] = (), null_sender: bool = False) -> str:
        """A mail comes and is handled; what became of it."""
        self.taking.take(raw, "imap", to, null_sender)
        self.handle()
        return str(self.newest()["outcome"])

    def handle(self) -> None:
        """Everything that waits, as it waits longer and longer."""
        for _ in range(40):
            if not self.handling.handle_waiting():
                return
            self.clock.advance(seconds=0.001)

    def newest(self) -> dict[str, Any]:
        return next(self.database["incoming"].find().sort([("handled_at", -1), ("received_at", -1)]).limit(1))

    def wished(self) -> list[dict[str, Any]]:
        """The events of wishes, oldest first."""
        events = [e for d in self.database["wishes"].find() for e in d.get("outbox", ())]
        return sorted(events, key=lambda event: event["version"])

    def asked(self) -> list[dict[str, Any]]:
        """What the coordinators are asked, opened."""
        events = [e for d in self.database["incoming"].find() for e in d.get("outbox", ())]
        return [self.sealer.open(event["data"]["sealed"]) for event in events]
