"""Dispatches whose lease ended: their lane died, froze, or lost the database.

The lane is fenced first, so that it opens no further window, and then its last record says what of the
dispatch was sent, what may have been, and what was not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from services.notifications.application.ports import Attempt, Directory, Due, Ledger, Suppressions
from services.notifications.application.settling import settlement
from services.notifications.domain.dispatches import Dispatch
from services.notifications.domain.lanes import recovered
from services.notifications.domain.recipients import Result
from services.notifications.domain.replies import suppresses
from shared.clock import Clock

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Recovery:
    """Settles in place of a lane that did not."""

    ledger: Ledger
    directory: Directory
    suppressions: Suppressions | None
    clock: Clock
    chance: Callable[[], float]

    def recover(self, due: Due) -> bool:
        """False: somebody else, or the lane itself, was faster."""
        dispatch = self.ledger.get(due.id)
        if dispatch is None or dispatch.lease is None or dispatch.lease != due.lease:
            return False
        now = self.clock.now()
        record = self.ledger.fence(dispatch.lease.lane, now)
        recipients, results = recovered(dispatch, record, now, self.chance)
        self._suppress(dispatch, results)
        attempts = [Attempt(position, now, result) for position, result in sorted(results.items())]
        stored = self.ledger.settle([settlement(dispatch, recipients, attempts, now)])
        log.warning("dispatch_recovered", dispatch_id=due.id, results=len(results), stored=stored)
        return bool(stored)

    def _suppress(self, dispatch: Dispatch, results: Mapping[int, Result]) -> None:
        """The lane may have ended before it did so itself; once more changes nothing."""
        gone = {p: r for p, r in results.items() if suppresses(r.code, r.enhanced)}
        if not gone or self.suppressions is None:
            return
        contacts = self.directory.contacts(dispatch.recipients[position].contact for position in gone)
        for position, result in gone.items():
            contact = contacts.get(dispatch.recipients[position].contact)
            if contact is not None:
                self.suppressions.suppress(contact, result.enhanced or "", self.clock.now())
