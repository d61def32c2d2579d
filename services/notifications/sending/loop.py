"""What one lane does all day: look what is due, recover what was abandoned, claim and send."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Protocol

import structlog

from services.notifications import metrics
from services.notifications.application.lane import Lane, MailTrouble
from services.notifications.application.ports import Due, MailLine
from services.notifications.application.recovering import Recovery
from services.notifications.sending.due import ClaimSize, DueQueue
from services.notifications.sending.resting import Resting
from services.notifications.smtp.server import MailServer
from shared.errors import DependencyDown
from shared.messaging.waiting import backoff

IDLE = 5.0  # seconds after which a connection is asked whether it still lives
AFTER_SURPRISE = 5.0  # seconds of rest after an error that nobody foresaw

log = structlog.get_logger(__name__)


class Workplace(Protocol):
    """What the lanes of a process share."""

    queue: DueQueue
    resting: Resting
    server: MailServer
    recovery: Recovery
    lease_seconds: float

    def new_lane(self) -> Lane: ...

    def is_paused(self) -> bool: ...

    def stopping(self) -> bool: ...

    def wait(self, seconds: float) -> bool: ...

    def wait_for_work(self) -> None: ...

    def tell_outcomes(self) -> None:
        """Publish what settlements have left in outboxes now rather than at the next sweep."""

    def look_again(self) -> None:
        """From now on a wake is new."""


class LaneLoop:
    """One lane and its connection."""

    def __init__(self, workplace: Workplace) -> None:
        self._shared = workplace
        self._size = ClaimSize(workplace.lease_seconds)
        self._line: MailLine | None = None
        self._used_at = float("-inf")
        self._settled = False  # something whose outcome nobody was told of yet
        self.lane: Lane | None = None

    def run(self) -> None:
        """Until the process stops."""
        pauses = backoff()
        while not self._shared.stopping():
            try:
                if not self._turn():
                    self._tell_outcomes()
                    self._shared.wait_for_work()
                pauses = backoff()
            except MailTrouble as trouble:
                self._shared.queue.hear()  # what was not sent is due again
                self._shared.resting.note_trouble(str(trouble), trouble.sent)
            except DependencyDown as down:
                self._shared.queue.hear()
                if down.dependency == "mail":
                    self._shared.resting.note_trouble(down.cause, False)
                else:
                    log.warning("lane_waits", cause=str(down))
                    self._shared.wait(next(pauses))
            except Exception:  # whatever it is, the other lanes and the next turn go on
                log.exception("lane_surprised")
                self._shared.wait(AFTER_SURPRISE)
        self._end()

    def _turn(self) -> bool:
        """False: there was nothing to do."""
        shared = self._shared
        shared.look_again()
        if shared.is_paused():
            return False
        if rest := shared.resting.seconds_left():
            shared.wait(rest)
            return True
        due = shared.queue.take(self._size)
        self._settled = self._settled or bool(due)
        for lapsed in (each for each in due if each.lease):
            metrics.RECOVERED.inc(shared.recovery.recover(lapsed))
        free = [each for each in due if not each.lease]
        if free:
            self._send(free)
        return bool(due)

    def _tell_outcomes(self) -> None:
        """Once nothing is due any more: while there is, sending comes first and the sweeps suffice."""
        if self._settled:
            self._settled = False
            self._shared.tell_outcomes()

    def _send(self, due: Sequence[Due]) -> None:
        if self.lane is None or self.lane.spent:
            self.lane = self._shared.new_lane()
        began = time.monotonic()
        with metrics.CLAIM_SECONDS.time():
            taken = self.lane.work(due, self._open_line)
        self._size.learn(len(due), time.monotonic() - began)
        if taken:
            self._used_at = time.monotonic()
            self._shared.resting.note_success()

    def _open_line(self) -> MailLine:
        """The connection, opened anew where it is gone. Raises DependencyDown("mail", ...)."""
        line = self._line
        if line is not None and line.open and time.monotonic() - self._used_at > IDLE:
            line.is_alive()
        if line is None or not line.open:
            line = self._line = self._shared.server.connect()
            self._used_at = time.monotonic()
        return line

    def _end(self) -> None:
        if self._line is not None:
            self._line.quit()
        if self.lane is not None and not self.lane.spent:
            with contextlib.suppress(DependencyDown):
                self.lane.ledger.remove_lane(self.lane.name)
