"""Nobody is kept longer than the law allows: what has lapsed is told to the sender, then erased."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from services.partners.application.contacts import ContactRules
from services.partners.application.erasing import Forgetting
from services.partners.application.orders import Order
from services.partners.application.ports import Record, Records
from services.partners.application.records import millisecond
from services.partners.domain.consent import ALERTS, ended_at
from shared.clock import Clock
from shared.errors import PreconditionFailed, VersionConflict

BY = "retention"  # who changes and erases, in the history

log = structlog.get_logger(__name__)


class Ageing(Records, Protocol):
    """The contacts."""

    def with_ended_basis(self, now: datetime) -> Iterator[Record]:
        """Those of whom some basis was withdrawn or has lapsed, and who are not erased."""


class Retaining:
    """`kept_for` after the last basis has ended; None: until somebody erases the contact."""

    def __init__(
        self,
        contacts: Ageing,
        rules: ContactRules,
        forgetting: Forgetting,
        kept_for: timedelta | None,
        clock: Clock,
    ) -> None:
        self._contacts = contacts
        self._rules = rules
        self._forgetting = forgetting
        self._kept_for = kept_for
        self._clock = clock

    def sweep(self) -> int:
        """Tells what lapsed by time alone, and erases what was kept long enough; how many contacts.

        Raises DependencyDown. Run as often as one likes, by as many as one likes.
        """
        now = millisecond(self._clock.now())
        return sum(self._one(record, now) for record in self._contacts.with_ended_basis(now))

    def _one(self, record: Record, now: datetime) -> bool:
        ended = ended_at(record["lawful_bases"], now)
        if ended is None:
            return False
        try:
            if self._kept_for is not None and ended + self._kept_for <= now:
                self._forgetting.erase(record["id"], record["version"], Order(BY))
                log.info("retention_erased", contact_id=record["id"])
                return True
            return self._tell(record, now)
        except (PreconditionFailed, VersionConflict):
            return False  # it changed meanwhile: the next sweep looks again

    def _tell(self, record: Record, now: datetime) -> bool:
        """The sender knows a basis as it was when the contact last changed: a day that passes changes it
        without anybody doing anything."""
        lapsed = (record["lawful_bases"].get(ALERTS) or {}).get("retention_until")
        if lapsed is None or record.get("lapsed") == lapsed:
            return False
        changes = {"lapsed": lapsed, "updated_at": now}
        after = {**record, **changes, "version": record["version"] + 1}
        self._contacts.update(record["id"], record["version"], changes, (self._rules.changed(after, BY),))
        return True
