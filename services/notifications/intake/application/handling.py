"""What becomes of a mail that came in: one table from what it is to what is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from services.notifications.intake import metrics
from services.notifications.intake.application.answering import UNKNOWN, Answering, Said
from services.notifications.intake.application.ports import (
    Became,
    Deliveries,
    Delivery,
    Incoming,
    IncomingBook,
)
from services.notifications.intake.application.returning import Returning
from services.notifications.intake.domain.reading import Reading, read
from services.notifications.mail.tokens import BOUNCE, REPLY, STOP, SignedAddresses
from shared.clock import Clock
from shared.errors import DependencyDown, Unreadable, VersionConflict
from shared.failpoints import failpoint

UNMATCHED = "unmatched"  # nothing in it is ours: a person has to look
FORGED = "forged"  # it names addresses of our form that we did not sign
AUTOMATIC = "automatic"
UNREADABLE = "unreadable"

MOST_ATTEMPTS = 20
AGAIN_AFTER = timedelta(seconds=3)
LONGEST_WAIT = timedelta(minutes=10)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Named:
    """The genuine token of a mail: what it is for, and the delivery it names."""

    purpose: str
    delivery: Delivery


class Handling:
    """Handles kept mails. Everything it does may be done again without effect."""

    def __init__(
        self,
        book: IncomingBook,
        deliveries: Deliveries,
        signed: SignedAddresses,
        returning: Returning,
        answering: Answering,
        fingerprint: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._book, self._deliveries, self._signed = book, deliveries, signed
        self._returning, self._answering = returning, answering
        self._fingerprint, self._clock = fingerprint, clock

    def handle_waiting(self, limit: int = 50) -> int:
        """How many were looked at. Raises DependencyDown."""
        waiting = self._book.waiting(self._clock.now(), limit)
        for incoming in waiting:
            self.handle(incoming)
        return len(waiting)

    def handle(self, incoming: Incoming) -> None:
        """One mail, to its end, or put off while its delivery is at work. Raises DependencyDown."""
        now = self._clock.now()
        try:
            became = self._became(incoming, now)
        except Unreadable as error:
            became = Became(UNREADABLE, error.cause)
        except VersionConflict as error:
            self._put_off(incoming, str(error), now)
            return
        except DependencyDown:
            raise
        except Exception as error:  # a mail that nobody foresaw must not stop the others
            log.exception("mail_not_handled", incoming_id=incoming.id)
            became = Became(UNREADABLE, f"unexpected-{type(error).__name__}")
        self._book.finish(incoming, became, now)
        failpoint("incoming.finished")
        metrics.HANDLED.labels(became.outcome).inc()
        log.info("mail_handled", incoming_id=incoming.id, outcome=became.outcome, cause=became.cause)

    def _put_off(self, incoming: Incoming, cause: str, now: datetime) -> None:
        if incoming.attempts >= MOST_ATTEMPTS:
            self._book.finish(incoming, Became(UNREADABLE, "delivery-busy"), now)
        else:
            wait = min(AGAIN_AFTER * 2**incoming.attempts, LONGEST_WAIT)
            self._book.put_off(incoming, cause, now + wait)

    def _became(self, incoming: Incoming, now: datetime) -> Became:
        reading = read(incoming.raw, incoming.envelope_to, incoming.null_sender, self._signed.seems_ours)
        sender = self._fingerprint(reading.sender) if reading.sender else ""
        became = self._decided(incoming, reading, now)
        return Became(became.outcome, became.cause, sender, became.about, became.events)

    def _decided(self, incoming: Incoming, reading: Reading, now: datetime) -> Became:
        named = self._named(reading)
        if isinstance(named, str):
            machine = reading.automatic if named == UNMATCHED else None
            return Became(AUTOMATIC, machine) if machine else Became(named)
        if reading.complaint:
            return self._returning.complained(named.delivery, reading.complaint, now)
        if named.purpose == BOUNCE:
            return self._returning.bounced(named.delivery, reading, now)
        if reading.automatic:
            return Became(AUTOMATIC, reading.automatic, about=named.delivery.about())
        done = self._answering.stopped if named.purpose == STOP else self._answering.answered
        return done(Said(incoming, named.delivery, reading, now))

    def _named(self, reading: Reading) -> Named | str:
        """The first genuine token, or why there is none. Two contacts' tokens in one mail name nobody."""
        addresses = reading.enclosed if reading.complaint else reading.addresses
        genuine = [(p, t) for a in addresses for p in _PURPOSES if (t := self._signed.read(p, a))]
        if not genuine:
            return FORGED if addresses else UNMATCHED
        found = [Named(p, d) for p, t in genuine if (d := self._deliveries.find(t))]
        if not found:
            return UNKNOWN
        if len({each.delivery.contact_id for each in found}) > 1:
            raise Unreadable("several-contacts", f"{len(found)} tokens")
        return found[0]


_PURPOSES: tuple[str, ...] = (REPLY, STOP, BOUNCE)
