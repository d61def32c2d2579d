"""What deliveries wait for: one table from what the ledger says of them to a cause that an operator knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.notifications.domain import states
from services.notifications.domain.claiming import (
    AWAITS_NEWER,
    CONTACT_UNKNOWN,
    DAILY_CAP,
    DOMAIN_LIMIT,
    MAIL_MODE,
    NOT_COMPOSED,
    QUIET,
    RATE_LIMIT,
)
from services.notifications.domain.restoring import RESTORED

PAUSE = "pause"
DIGEST = "digest"
HOLD = "hold"  # in which a report can be taken back
RETRY = "retry"  # the mail server put it off, or never confirmed it
DUE = "due"  # nothing: a sender takes it next

# why → cause; what is not here is known by its state
_BY_REASON: Mapping[str, str] = {
    why: why
    for why in (
        MAIL_MODE, RESTORED, QUIET, RATE_LIMIT, DOMAIN_LIMIT, DAILY_CAP, CONTACT_UNKNOWN, AWAITS_NEWER,
        NOT_COMPOSED,
    )
}  # fmt: skip
_BY_STATE: Mapping[str, str] = {
    states.HELD: HOLD,
    states.IN_DIGEST: DIGEST,
    states.RETRY_WAIT: RETRY,
    states.UNCERTAIN: RETRY,
    states.PENDING: DUE,
}
CAUSES = (PAUSE, *_BY_REASON, DIGEST, HOLD, RETRY, DUE)
WAITING = tuple(_BY_STATE)  # states in which something may be left to do
WITHOUT_TIME = (MAIL_MODE, RESTORED)  # reasons to wait for a person, and for no hour


@dataclass(frozen=True)
class Waiting:
    """So many deliveries are in one state for one reason. Those that are `due` could go now; `first` is when
    the first of the others is, None where no time ends the wait."""

    state: str
    why: str | None
    due: bool
    count: int
    first: datetime | None


@dataclass(frozen=True)
class Queue:
    """So many deliveries wait for the same; `next_at`: when the first of them is looked at again."""

    cause: str
    count: int
    next_at: datetime | None


def queues(found: Iterable[Waiting], paused: bool) -> list[Queue]:
    """By cause, in the order of CAUSES; nothing is left out."""
    counts: Counter[str] = Counter()
    firsts: dict[str, datetime] = {}
    for each in found:
        cause = _cause(each, paused)
        counts[cause] += each.count
        if each.first is not None and not each.due:
            firsts[cause] = min(each.first, firsts.get(cause, each.first))
    return [Queue(cause, counts[cause], firsts.get(cause)) for cause in CAUSES if counts[cause]]


def _cause(found: Waiting, paused: bool) -> str:
    """What could go now waits for nothing but the end of a pause; a digest that is due is being closed."""
    if found.due:
        return PAUSE if paused else DUE
    return _BY_REASON.get(found.why or "") or _BY_STATE[found.state]
