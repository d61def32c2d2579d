"""What a restore makes of deliveries that were not finished when the backup was made.

Nobody knows whether they were sent afterwards. They wait until an operator lets them go, and whoever can be
mailed is counted as in doubt: such a delivery may be sent twice, as any that is left uncertain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from services.notifications.domain.recipients import Recipient, Result, after
from services.notifications.domain.states import HELD, IN_DIGEST, PENDING, RETRY_WAIT

RESTORED = "restored"  # why it is held

_WAITING = frozenset({HELD, PENDING, RETRY_WAIT})


def is_unfinished(recipient: Recipient) -> bool:
    """Whether anything was still to be done, by time or by a change of the mail mode."""
    return recipient.due_at is not None or recipient.state in _WAITING


def waits_for_a_digest_to_come(recipient: Recipient, at: datetime) -> bool:
    """Whether its digest could not have been sent until then: it goes on waiting for it."""
    return recipient.state == IN_DIGEST and recipient.due_at is not None and recipient.due_at > at


def held_back(recipient: Recipient, has_address: bool) -> Recipient:
    """The recipient after a restore: as it was, if nothing remained to be done."""
    if not is_unfinished(recipient):
        return recipient
    doubts = max(recipient.doubts, int(has_address))
    return replace(recipient, state=HELD, why=RESTORED, due_at=None, doubts=doubts)


def released(recipient: Recipient, now: datetime) -> Recipient:
    """The recipient once an operator lets it go: decided like any other that is due."""
    return replace(recipient, why=None, due_at=now) if recipient.why == RESTORED else recipient


def as_known(
    recipients: Sequence[Recipient], results: Iterable[tuple[int, Result]], now: datetime
) -> tuple[Recipient, ...]:
    """The recipients after what is known of later attempts: (position, result), the oldest first."""
    known = list(recipients)
    for position, result in results:
        if is_unfinished(known[position]):
            known[position] = after(known[position], result, now, 0.0)
    return tuple(known)
