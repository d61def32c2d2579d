"""Every adapter of the service, made once for the process."""

from __future__ import annotations

from dataclasses import dataclass

from pymongo.database import Database

from services.notifications.storage.contacts import ContactStore
from services.notifications.storage.control import ControlStore, CounterStore
from services.notifications.storage.digests import DigestStore
from services.notifications.storage.directory import MongoDirectory, MongoRecorder
from services.notifications.storage.documents import Document
from services.notifications.storage.ledger import MongoLedger
from services.notifications.storage.pages import MessageStore
from services.notifications.storage.suppressions import SuppressionList
from shared.clock import Clock
from shared.messaging.outbox import Wake, wake_nobody

WITH_OUTBOX = ("dispatches", "suppressions", "wishes", "incoming")


@dataclass(frozen=True)
class Stores:
    """All on one database; `clock` is the database's."""

    ledger: MongoLedger
    recorder: MongoRecorder
    contacts: ContactStore
    directory: MongoDirectory
    suppressions: SuppressionList
    messages: MessageStore
    digests: DigestStore
    counters: CounterStore
    control: ControlStore
    clock: Clock

    def ensure_indexes(self) -> None:
        """Raises what pymongo raises."""
        for store in (
            self.ledger,
            self.recorder,
            self.contacts,
            self.suppressions,
            self.counters,
            self.digests,
        ):
            store.ensure_indexes()


def stores(database: Database[Document], clock: Clock, wake: Wake = wake_nobody) -> Stores:
    """`wake` tells the relay that there is something to publish."""
    suppressions = SuppressionList(database, clock, wake)
    return Stores(
        ledger=MongoLedger(database),
        recorder=MongoRecorder(database),
        contacts=ContactStore(database, clock, suppressions),
        directory=MongoDirectory(database, suppressions),
        suppressions=suppressions,
        messages=MessageStore(database),
        digests=DigestStore(database, wake),
        counters=CounterStore(database),
        control=ControlStore(database),
        clock=clock,
    )
