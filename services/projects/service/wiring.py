"""Joins the use cases with MongoDB, the relay and the catalogue, once for the process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from eventlet import sleep
from nameko.extensions import DependencyProvider

from services.projects.application.exporting import Exporting
from services.projects.application.importing import ProjectImports
from services.projects.application.looking import Looking
from services.projects.application.measuring import Measuring
from services.projects.application.milestones import Milestones
from services.projects.application.plans import Plans
from services.projects.application.questions import Questions
from services.projects.application.reminding import Reminders
from services.projects.application.wording import area_words, sentences
from services.projects.service.ticker import Ticker
from services.projects.storage.events import EventLog
from services.projects.storage.holdings import AskedQuestions
from services.projects.storage.lookup import ProjectLookup
from services.projects.storage.outcomes import OutcomeStore
from services.projects.storage.plans import Indicators, Programmes, Projects
from services.projects.storage.questions import QuestionStore
from shared.config import settings_of
from shared.i18n import SHARED_LOCALE, Catalogue
from shared.imports.auditing import auditing
from shared.imports.running import Importer
from shared.imports.store import ImportStore
from shared.messaging.relay import OutboxRelay
from shared.mongo import DATABASE_DOWN, Mongo
from shared.sealing import Sealer

HERE = Path(__file__).parents[1]
LOCALE = HERE / "locale"
WITH_OUTBOX = ("projects", "indicators")
INDEXES_AGAIN = 2.0  # seconds until indexes are tried again while the database is down

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class UseCases:
    """Everything that an endpoint may call."""

    missions: Sequence[dict[str, Any]]
    plans: Plans
    milestones: Milestones
    measuring: Measuring
    reminders: Reminders
    looking: Looking
    events: EventLog
    outcomes: OutcomeStore
    questions: Questions
    exporting: Exporting
    imports: ProjectImports
    import_store: ImportStore
    importer: Importer


class Wiring(DependencyProvider):
    """`use_cases = Wiring()` on a service class injects the use cases."""

    mongo = Mongo()

    def setup(self) -> None:
        database = self.mongo.database
        self._relay: Any = next(p for p in self.container.dependencies if isinstance(p, OutboxRelay))
        self._projects = Projects(database["projects"], self._relay.wake)
        self._indicators = Indicators(database["indicators"], self._relay.wake)
        self._programmes = Programmes(database["programmes"])
        self._outcomes = OutcomeStore(database)
        self._questions = QuestionStore(database)
        self._imports, self._lookup = ImportStore(database), ProjectLookup(database)
        self._catalogue = Catalogue(SHARED_LOCALE, LOCALE)
        self._missions = json.loads((HERE / "missions.json").read_text(encoding="utf-8"))["missions"]

    def start(self) -> None:
        self._use_cases = self._wired()
        ticker: Any = next(p for p in self.container.dependencies if isinstance(p, Ticker))
        ticker.run(self._use_cases.reminders)
        self.container.spawn_managed_thread(self._ensure_indexes, identifier="indexes")

    def get_dependency(self, worker_ctx: Any) -> UseCases:
        return self._use_cases

    def _wired(self) -> UseCases:
        clock = self.mongo.clock  # shared by all replicas, so that one's hold is every other's
        settings = settings_of(self.container.config)
        hold = timedelta(seconds=settings.hold_seconds)
        words = area_words(self._catalogue)
        unseal = Sealer(settings.prasan_secret_key).open
        events = EventLog(self._relay.history, self._relay.republish)
        wording = partial(sentences, self._catalogue)
        milestones = Milestones(self._projects, self._indicators, self._programmes, clock, words, hold)
        imports = ProjectImports(
            self._imports, self._projects, self._programmes, milestones, self._lookup, clock
        )
        audit = auditing(self.mongo.database, WITH_OUTBOX, clock)
        return UseCases(
            missions=self._missions,
            plans=Plans(self._projects, self._programmes, clock),
            milestones=milestones,
            measuring=Measuring(self._projects, self._indicators, self._programmes, clock),
            reminders=Reminders(
                self._projects,
                self._indicators,
                self._programmes,
                clock,
                words,
                time.fromisoformat(settings.reminders_at),
            ),
            looking=Looking(self._projects, self._programmes, events, self._outcomes, wording),
            events=events,
            outcomes=self._outcomes,
            exporting=Exporting(AskedQuestions(self.mongo.database), clock),
            imports=imports,
            import_store=self._imports,
            importer=Importer("projects", self._imports, imports, audit, clock),
            questions=Questions(self._questions, self._projects, unseal),
        )

    def _ensure_indexes(self) -> None:
        """Indexes make things fast, not right: work begins without them while the database is away."""
        while True:
            try:
                for store in (
                    self._projects,
                    self._indicators,
                    self._programmes,
                    self._outcomes,
                    self._questions,
                    self._imports,
                    self._lookup,
                ):
                    store.ensure_indexes()
            except DATABASE_DOWN as error:
                log.warning("indexes_wait", cause=type(error).__name__)
                sleep(INDEXES_AGAIN)
            else:
                return
