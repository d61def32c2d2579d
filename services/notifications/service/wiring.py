"""Joins the use cases with the sender's stores, once for the process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nameko.extensions import DependencyProvider

from services.notifications.application.by_hand import ByHand
from services.notifications.application.contacts import Contacts
from services.notifications.application.digest_viewing import DigestViewing
from services.notifications.application.digest_writing import DigestWriter
from services.notifications.application.editions import Editions
from services.notifications.application.exporting import Exporting
from services.notifications.application.operating import Operating
from services.notifications.application.recording import Recording
from services.notifications.application.releasing import Releasing
from services.notifications.application.viewing import Viewing
from services.notifications.sending import MailSender
from services.notifications.storage.archive import Archive
from services.notifications.storage.by_hand import TellingStore
from services.notifications.storage.editions import EditionStore
from services.notifications.storage.holdings import Holdings
from services.notifications.storage.restoring import RestoredLedger
from shared.messaging.relay import OutboxRelay
from shared.mongo import Mongo
from shared.sealing import Sealer

LOCALE = Path(__file__).parent / "locale"


@dataclass(frozen=True)
class UseCases:
    """Everything that an endpoint or a handler may call."""

    recording: Recording
    contacts: Contacts
    viewing: Viewing
    operating: Operating
    by_hand: ByHand
    digests: DigestViewing
    editions: Editions
    exporting: Exporting
    releasing: Releasing


class Wiring(DependencyProvider):
    """`use_cases = Wiring()` on a service class injects the use cases."""

    mongo = Mongo()

    def start(self) -> None:
        sender = next(p for p in self.container.dependencies if isinstance(p, MailSender))
        relay = next(p for p in self.container.dependencies if isinstance(p, OutboxRelay))
        stores, clock = sender.stores, sender.stores.clock
        sealer = Sealer.of(sender.settings)
        viewing = Viewing(Archive(self.mongo.database), stores.recorder, stores.messages, sender.post.office)
        self._use_cases = UseCases(
            recording=Recording(stores.recorder, clock, sender.wake),
            contacts=Contacts(stores.contacts, sealer.open, sender.wake),
            viewing=viewing,
            exporting=Exporting(viewing, Holdings(self.mongo.database), clock),
            operating=Operating(
                stores.control,
                stores.suppressions,
                sealer.fingerprint,
                clock,
                sender.settings.mail_mode,
                sender.resting.seconds_left,
            ),
            by_hand=ByHand(
                TellingStore(self.mongo.database, relay.wake),
                stores.recorder,
                stores.directory,
                sender.post.office,
                clock,
            ),
            digests=DigestViewing(
                stores.digests,
                stores.directory,
                DigestWriter(stores.recorder, stores.messages, sender.post.office),
                clock,
            ),
            editions=Editions(EditionStore(self.mongo.database)),
            releasing=Releasing(RestoredLedger(self.mongo.database), clock, sender.wake),
        )

    def get_dependency(self, worker_ctx: Any) -> UseCases:
        return self._use_cases
