"""A lane: claims dispatches, sends their mails window by window, and settles them.

Everything durable happens in three places, in this order: the claim (`Ledger.claim`), each window before
its mails enter DATA (`Ledger.open_window`, which is also the fence), and the settlement (`Ledger.settle`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from services.notifications import metrics
from services.notifications.application.drawing import Drawing
from services.notifications.application.planning import Errand, Plan, Planner
from services.notifications.application.ports import (
    Attempt,
    Due,
    Ledger,
    MailLine,
    Settlement,
    Suppressions,
)
from services.notifications.application.settling import settlement
from services.notifications.application.writing import Write, Written
from services.notifications.domain import replies, states
from services.notifications.domain.claiming import NOT_COMPOSED, Decision, decided
from services.notifications.domain.dispatches import Dispatch, Lease
from services.notifications.domain.lanes import LaneRecord, Place, windows
from services.notifications.domain.recipients import Result, after
from services.notifications.mail.headers import HostileHeader
from shared.clock import Clock
from shared.errors import DependencyDown, PrasanError
from shared.failpoints import failpoint
from shared.messaging.waiting import backoff

HOSTILE_HEADER = "hostile_header"
COMPOSED_AGAIN_AFTER = timedelta(minutes=10)
SAFETY = 0.2  # of a lease: so much of it is left unused

log = structlog.get_logger(__name__)


class MailTrouble(PrasanError):
    """The mail server is in trouble; what was claimed is settled. `sent`: it took some mails before."""

    def __init__(self, cause: str, sent: bool) -> None:
        super().__init__(cause)
        self.sent = sent


@dataclass
class Held:
    """What the lane has leased at present, and until when by the monotonic clock it may send."""

    ids: Sequence[str]
    lease: Lease
    deadline: float


@dataclass
class _Claim:
    """One claim under way."""

    now: datetime
    dispatches: Mapping[str, Dispatch]
    plan: Plan
    record: LaneRecord
    results: dict[Place, Result] = field(default_factory=dict)
    attempts: dict[str, list[Attempt]] = field(default_factory=dict)
    trouble: str | None = None

    @property
    def sent_some(self) -> bool:
        return any(result.verdict == replies.TAKEN for result in self.results.values())


@dataclass
class Lane:
    """One sender with one connection. `chance` gives numbers from 0 to 1, `new_token` unique texts;
    `wait` rests so many seconds and says whether to go on, `stopping` whether to open no further window."""

    name: str
    ledger: Ledger
    planner: Planner
    drawing: Drawing
    write: Write
    suppressions: Suppressions | None
    clock: Clock
    lease_lasts: timedelta
    chance: Callable[[], float]
    new_token: Callable[[], str]
    wait: Callable[[float], bool]
    stopping: Callable[[], bool]
    held: Held | None = None
    spent: bool = False  # fenced, or something of it was never settled: its record must stay as it is

    def work(self, due: Sequence[Due], open_line: Callable[[], MailLine]) -> int:
        """Claim what of this is still to be had, send it, settle it; how many mails were taken.

        `open_line` is called only if there is something to send; it raises DependencyDown("mail", ...).

        Raises MailTrouble, or what the database raises; a dispatch that is then still leased is recovered
        when its lease ends.
        """
        assert not self.spent
        lease = self._new_lease()
        deadline = self.clock.monotonic() + self.lease_lasts.total_seconds() * (1 - SAFETY)
        dispatches = self.ledger.claim(due, lease)
        if not dispatches:
            return 0
        failpoint("dispatch.claimed")
        self.held = Held([dispatch.id for dispatch in dispatches], lease, deadline)
        try:
            return self._send(dispatches, lease, open_line)
        except MailTrouble:
            raise  # everything is settled
        except BaseException:
            self.spent = True  # its record says what was sent: no other claim may overwrite it
            raise
        finally:
            self.held = None

    def may_send(self) -> bool:
        """Whether the lease still lasts, by a clock that also runs while the process is frozen."""
        return self.held is not None and self.clock.monotonic() < self.held.deadline

    def renew(self) -> None:
        """Make the lease last longer, if what is held takes its time and has not ended."""
        held = self.held
        lasts = self.lease_lasts.total_seconds()
        if held is None or not self.may_send() or held.deadline - self.clock.monotonic() > lasts / 2:
            return
        deadline = self.clock.monotonic() + lasts * (1 - SAFETY)
        lease = replace(held.lease, until=self.clock.now() + self.lease_lasts)
        if self.ledger.renew(held.ids, lease) and self.held is held:
            held.deadline = deadline

    def _new_lease(self) -> Lease:
        return Lease(self.new_token(), self.name, self.clock.now() + self.lease_lasts)

    def _send(self, dispatches: Sequence[Dispatch], lease: Lease, open_line: Callable[[], MailLine]) -> int:
        now = self.clock.now()
        try:
            plan = self.planner.plan(dispatches, now)
            self.drawing.draw(plan, now)
        except Exception:  # whatever it was, nothing was sent: another claim may try
            self._store([settlement(dispatch, dispatch.recipients, (), now) for dispatch in dispatches])
            raise
        record = LaneRecord(self.name, lease.token)
        claim = _Claim(now, {dispatch.id: dispatch for dispatch in dispatches}, plan, record)
        if plan.errands:
            self._connect_and_send(claim, open_line)
        self._settle(claim)
        if claim.trouble:
            raise MailTrouble(claim.trouble, claim.sent_some)
        return sum(result.verdict == replies.TAKEN for result in claim.results.values())

    def _connect_and_send(self, claim: _Claim, open_line: Callable[[], MailLine]) -> None:
        try:
            line = open_line()
        except DependencyDown as error:
            claim.trouble = error.cause
            self.drawing.unspent(claim.plan.errands, claim.now)
        else:
            self._send_windows(claim, line)

    def _send_windows(self, claim: _Claim, line: MailLine) -> None:
        errands = {errand.place: errand for errand in claim.plan.errands}
        for window in windows(list(errands)):
            written = self._written([errands[place] for place in window], claim)
            if not written:
                continue
            if self.stopping() or not self.may_send() or not self._open_window(claim, written):
                break
            failpoint("window.recorded")
            delivered = line.deliver([mail.mail for _, mail in written], self.may_send)
            failpoint("window.sent")
            for (errand, mail), result in zip(written, delivered.results, strict=True):
                self._note(claim, errand, mail, result)
            if delivered.trouble:
                claim.trouble = delivered.trouble
                break
        unoffered = [errand for place, errand in errands.items() if place not in claim.results]
        self.drawing.unspent([e for e in unoffered if not self._decided(claim, e)], claim.now)

    def _open_window(self, claim: _Claim, written: Sequence[tuple[Errand, Written]]) -> bool:
        window = tuple(errand.place for errand, _ in written)
        try:
            opened = self.ledger.open_window(replace(claim.record, results=claim.results, window=window))
        except DependencyDown:
            return False  # nothing of it was sent, and what was sent before is settled when it returns
        self.spent = self.spent or not opened
        return opened

    def _written(self, errands: Sequence[Errand], claim: _Claim) -> list[tuple[Errand, Written]]:
        """The mails that could be written; what could not is decided otherwise."""
        written = []
        for errand in errands:
            try:
                written.append((errand, self.write(errand, claim.now)))
            except HostileHeader:
                self._decide(claim, errand, Decision(states.FAILED, HOSTILE_HEADER))
            except DependencyDown:  # no fault of the mail's: it is due when the database is back
                self._decide(claim, errand, Decision(states.PENDING, NOT_COMPOSED, claim.now))
            except Exception:  # one mail that cannot be composed must not stop the others
                log.exception("mail_not_composed", dispatch_id=errand.dispatch.id, position=errand.position)
                until = claim.now + COMPOSED_AGAIN_AFTER
                self._decide(claim, errand, Decision(states.PENDING, NOT_COMPOSED, until))
        return written

    def _note(self, claim: _Claim, errand: Errand, mail: Written, result: Result) -> None:
        if result.verdict == replies.UNTOUCHED:
            return
        metrics.MAILS.labels(result.verdict).inc()
        if result.verdict == replies.TAKEN:
            metrics.REPORT_TO_ACCEPTANCE.observe((self.clock.now() - mail.reported_at).total_seconds())
        claim.results[errand.place] = result
        recipients = claim.plan.recipients[errand.dispatch.id]
        recipients[errand.position] = after(
            recipients[errand.position], result, self.clock.now(), self.chance()
        )
        attempt = Attempt(errand.position, self.clock.now(), result, mail.language, mail.slots)
        claim.attempts.setdefault(errand.dispatch.id, []).append(attempt)
        if self.suppressions and replies.suppresses(result.code, result.enhanced):
            self.suppressions.suppress(errand.contact, result.enhanced or "", claim.now)

    def _decide(self, claim: _Claim, errand: Errand, decision: Decision) -> None:
        recipients = claim.plan.recipients[errand.dispatch.id]
        recipients[errand.position] = decided(recipients[errand.position], decision)

    def _decided(self, claim: _Claim, errand: Errand) -> bool:
        before = errand.dispatch.recipients[errand.position]
        return claim.plan.recipients[errand.dispatch.id][errand.position] is not before

    def _settle(self, claim: _Claim) -> None:
        settlements = [
            settlement(dispatch, claim.plan.recipients[key], claim.attempts.get(key, ()), self.clock.now())
            for key, dispatch in claim.dispatches.items()
        ]
        self._store(settlements)
        failpoint("dispatch.settled")

    def _store(self, settlements: Sequence[Settlement]) -> None:
        """However long the database takes: what was sent is known nowhere else."""
        for pause in backoff():
            try:
                stored = self.ledger.settle(settlements)
                break
            except DependencyDown:
                log.warning("settling_waits", seconds=pause)
                if not self.wait(pause):
                    raise
        if stored < len(settlements):
            log.warning("leases_lost", dispatches=len(settlements) - stored)
