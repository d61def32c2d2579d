"""One recipient of a dispatch as the ledger keeps it, and what a result or a decision makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.notifications.domain import replies, states
from services.notifications.domain.backoff import wait_after

EXPIRED = "expired"  # 72 hours of refusals
FINAL = "final"  # uncertain, and sent twice already


@dataclass(frozen=True, slots=True)
class Recipient:
    """One contact's delivery. `why` refines the state; without `due_at` nothing more is to be done, or,
    for `held`, nothing until the mail mode changes.

    `refusals` counts answers that put it off, `waited` adds up what it waited because of them, `doubts`
    counts how often it was left uncertain.
    """

    contact: str
    state: str
    why: str | None = None
    due_at: datetime | None = None
    refusals: int = 0
    waited: timedelta = timedelta(0)
    doubts: int = 0

    def is_due(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at <= now

    def becomes(
        self, state: str, why: str | None = None, due_at: datetime | None = None, **changes: object
    ) -> Recipient:
        """The recipient in another state. Raises ImpossibleTransition."""
        states.check_transition(self.state, state)
        return replace(self, state=state, why=why, due_at=due_at, **changes)  # type: ignore[arg-type]  # any field


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one message in one conversation; `text` quotes the server without the address."""

    verdict: str
    code: int | None = None
    enhanced: str | None = None
    text: str = ""


def after(recipient: Recipient, result: Result, now: datetime, chance: float) -> Recipient:
    """The recipient after one attempt. `chance` (0 to 1) spreads the retries."""
    if result.verdict == replies.UNTOUCHED:
        return recipient
    table = _AFTER_DOUBT if recipient.doubts else _AFTER
    return table[result.verdict](recipient, result, now, chance)


def abandoned(recipient: Recipient, now: datetime) -> Recipient:
    """The recipient whose sender died with its message under way: nobody knows whether it was taken.

    It is sent again at once: the mail server is not the one in trouble.
    """
    if recipient.doubts:
        return _final(recipient, FINAL, recipient.doubts + 1)
    return recipient.becomes(states.UNCERTAIN, None, now, doubts=1)


def ended(recipient: Recipient, state: str, why: str | None) -> Recipient:
    """The recipient to whom nothing more is sent. One in doubt is left uncertain: it may have been told; but
    whom a restore held back and nobody can mail is told by hand."""
    if recipient.doubts and not (recipient.state == states.HELD and state == states.BY_HAND):
        return _final(recipient, why or state, recipient.doubts)
    return recipient.becomes(state, why)


def put_off(recipient: Recipient, state: str, why: str | None, until: datetime | None) -> Recipient:
    """The recipient who has to wait for a reason of ours; one waiting to be sent again keeps its state."""
    if recipient.state in (states.RETRY_WAIT, states.UNCERTAIN):
        return replace(recipient, why=why, due_at=until)
    return recipient.becomes(state, why, until)


def _taken(recipient: Recipient, result: Result, now: datetime, chance: float) -> Recipient:
    return recipient.becomes(states.ACCEPTED)


def _refused(recipient: Recipient, result: Result, now: datetime, chance: float) -> Recipient:
    return recipient.becomes(states.FAILED, result.enhanced or str(result.code or "refused"))


def _later(recipient: Recipient, result: Result, now: datetime, chance: float) -> Recipient:
    refusals = recipient.refusals + 1
    wait = wait_after(refusals, recipient.waited, chance)
    if wait is None:
        return ended(recipient, states.FAILED, EXPIRED)
    waiting = states.UNCERTAIN if recipient.doubts else states.RETRY_WAIT
    why = result.enhanced or (str(result.code) if result.code else result.verdict)
    return recipient.becomes(waiting, why, now + wait, refusals=refusals, waited=recipient.waited + wait)


def _doubtful(recipient: Recipient, result: Result, now: datetime, chance: float) -> Recipient:
    wait = wait_after(recipient.refusals + 1, timedelta(0), chance)
    assert wait is not None
    return recipient.becomes(states.UNCERTAIN, None, now + wait, doubts=1)


def _doubtful_again(recipient: Recipient, result: Result, now: datetime, chance: float) -> Recipient:
    return _final(recipient, FINAL, recipient.doubts + 1)


def _refused_in_doubt(recipient: Recipient, result: Result, now: datetime, chance: float) -> Recipient:
    return _final(recipient, result.enhanced or str(result.code or "refused"), recipient.doubts)


def _final(recipient: Recipient, why: str, doubts: int) -> Recipient:
    return recipient.becomes(states.UNCERTAIN, why, None, doubts=doubts)


_Effect = Callable[[Recipient, Result, datetime, float], Recipient]

# verdict → what becomes of a delivery that was never in doubt
_AFTER: Mapping[str, _Effect] = {
    replies.TAKEN: _taken,
    replies.LATER: _later,
    replies.NEVER: _refused,
    replies.BROKEN_OFF: _later,
    replies.UNCONFIRMED: _doubtful,
}
# the same for one that may have been taken already: a refusal now says nothing about then
_AFTER_DOUBT: Mapping[str, _Effect] = {
    replies.TAKEN: _taken,
    replies.LATER: _later,
    replies.NEVER: _refused_in_doubt,
    replies.BROKEN_OFF: _later,
    replies.UNCONFIRMED: _doubtful_again,
}
