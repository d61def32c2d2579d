"""Joins the use cases with MongoDB, the relay and the sealer, once for the process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from eventlet import sleep
from nameko.extensions import DependencyProvider

from services.partners.application.audiences import Recorder
from services.partners.application.consenting import Consenting
from services.partners.application.contacts import ContactRules
from services.partners.application.engagements import EngagementRules
from services.partners.application.erasing import Forgetting
from services.partners.application.feedback import Feedback
from services.partners.application.importing import PartnerImports
from services.partners.application.looking_back import LookingBack
from services.partners.application.partners import PartnerRules
from services.partners.application.previewing import Previewer
from services.partners.application.records import Register
from services.partners.application.resolving import Resolver
from services.partners.application.retaining import Retaining
from services.partners.application.subscriptions import SubscriptionRules
from services.partners.storage import collections as names
from services.partners.storage.audiences import MongoAudiences
from services.partners.storage.directory import MongoDirectory, MongoShapes
from services.partners.storage.lookup import MongoLookup
from services.partners.storage.projection import MongoProjection
from services.partners.storage.records import MongoContacts, MongoRecords
from services.partners.storage.traces import MongoTraces
from shared.clock import Clock, SystemClock
from shared.config import Settings, settings_of
from shared.errors import DependencyDown
from shared.imports.auditing import auditing
from shared.imports.running import Importer
from shared.imports.store import ImportStore
from shared.messaging.relay import OutboxRelay
from shared.mongo import Mongo
from shared.sealing import Sealer

LOCALE = Path(__file__).parents[1] / "locale"
INDEXES_AGAIN = 2.0  # seconds until indexes are tried again while the database is down

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class UseCases:
    """Everything that an endpoint or a handler may call."""

    partners: Register
    contacts: Register
    engagements: Register
    subscriptions: Register
    resolver: Resolver
    previewer: Previewer
    recorder: Recorder
    looking_back: LookingBack
    forgetting: Forgetting
    feedback: Feedback
    consenting: Consenting
    retaining: Retaining
    imports: PartnerImports
    import_store: ImportStore
    importer: Importer


def wired(database: Any, relay: Any, settings: Settings, clock: Clock) -> UseCases:
    """The use cases over one database; `relay` has `wake` and `republish`."""
    sealer = Sealer.of(settings)
    partners = MongoRecords(database[names.PARTNERS])
    contacts = MongoContacts(database[names.CONTACTS], relay.wake, sparse="fingerprint")
    engagements = MongoRecords(database[names.ENGAGEMENTS], sparse="contact_id")
    subscriptions = MongoRecords(database[names.SUBSCRIPTIONS])
    directory, projection = MongoDirectory(database), MongoProjection(database)
    audiences = MongoAudiences(database, relay.wake)
    resolver = Resolver(directory, audiences)
    contact_rules = ContactRules(partners, sealer)
    imports = ImportStore(database)
    registers = (Register(partners, PartnerRules(), clock), Register(contacts, contact_rules, clock))
    partner_imports = PartnerImports(
        imports, *registers, contacts, MongoLookup(database, contacts), sealer, clock
    )
    forgetting = Forgetting(contacts, MongoTraces(database, sealer), clock)
    kept_for = timedelta(days=settings.contact_retention_days) if settings.contact_retention_days else None
    hold = timedelta(seconds=settings.hold_seconds)
    return UseCases(
        partners=registers[0],
        contacts=registers[1],
        engagements=Register(engagements, EngagementRules(partners, contacts), clock),
        subscriptions=Register(subscriptions, SubscriptionRules(partners, MongoShapes(database)), clock),
        resolver=resolver,
        previewer=Previewer(resolver, directory, audiences, projection, hold, clock),
        recorder=Recorder(resolver, audiences, projection, clock),
        looking_back=LookingBack(audiences, relay),
        forgetting=forgetting,
        consenting=Consenting(registers[1], clock),
        retaining=Retaining(contacts, contact_rules, forgetting, kept_for, clock),
        feedback=Feedback(contacts, contact_rules, clock),
        imports=partner_imports,
        import_store=imports,
        importer=Importer(
            "partners", imports, partner_imports, auditing(database, names.WITH_OUTBOX, clock), clock
        ),
    )


class Wiring(DependencyProvider):
    """`use_cases = Wiring()` on a service class injects the use cases."""

    mongo = Mongo()
    indexed = False

    def setup(self) -> None:
        relay = next(p for p in self.container.dependencies if isinstance(p, OutboxRelay))
        settings = settings_of(self.container.config)
        self._use_cases = wired(self.mongo.database, relay, settings, SystemClock())

    def start(self) -> None:
        self.container.spawn_managed_thread(self._ensure_indexes, identifier="indexes")

    def get_dependency(self, worker_ctx: Any) -> UseCases:
        return self._use_cases

    def _ensure_indexes(self) -> None:
        """They make things fast; the one that makes things right is also made before the first contact."""
        while not self.indexed:
            try:
                names.ensure_indexes(self.mongo.database)
                self.indexed = True
            except DependencyDown as error:
                log.warning("indexes_wait", cause=error.cause)
                sleep(INDEXES_AGAIN)
