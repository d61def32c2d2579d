"""The states of a delivery, and the one table of what may follow what."""

from __future__ import annotations

from collections.abc import Mapping

HELD = "held"  # waits for the end of the hold, or for a mail mode that sends
PENDING = "pending"
SENDING = "sending"  # claimed by a lane; never stored, seen while a dispatch is leased
ACCEPTED = "accepted"  # by the contact's mail server: nobody knows whether it was read
RETRY_WAIT = "retry_wait"
FAILED = "failed"
UNCERTAIN = "uncertain"  # the server may have taken it and never got to say so (RFC 1047)
SUPPRESSED = "suppressed"
SUPERSEDED = "superseded"
BY_HAND = "by_hand"
BOUNCED = "bounced"  # given back after it was accepted
IN_DIGEST = "in_digest"  # waits for the contact's next digest, and then shares what becomes of it
COMPLAINED = "complained"  # its reader called it unwanted (RFC 5965)

_ENDS_UNSENT = frozenset({SUPPRESSED, SUPERSEDED, BY_HAND, FAILED})

TRANSITIONS: Mapping[str, frozenset[str]] = {
    HELD: frozenset({PENDING, SENDING, HELD, IN_DIGEST}) | _ENDS_UNSENT,
    PENDING: frozenset({SENDING, HELD, PENDING, IN_DIGEST}) | _ENDS_UNSENT,
    IN_DIGEST: frozenset({SENDING, HELD, PENDING, IN_DIGEST}) | _ENDS_UNSENT,
    RETRY_WAIT: frozenset({SENDING, RETRY_WAIT}) | _ENDS_UNSENT,
    SENDING: frozenset({ACCEPTED, RETRY_WAIT, FAILED, UNCERTAIN, HELD, PENDING}),
    UNCERTAIN: frozenset({SENDING, UNCERTAIN, BOUNCED, COMPLAINED}),  # to itself: nothing more will be tried
    ACCEPTED: frozenset({BOUNCED, COMPLAINED}),
    FAILED: frozenset(),
    SUPPRESSED: frozenset(),
    SUPERSEDED: frozenset(),
    BY_HAND: frozenset(),
    BOUNCED: frozenset({COMPLAINED}),
    COMPLAINED: frozenset(),
}

STATES = tuple(TRANSITIONS)
TRIED = frozenset({RETRY_WAIT, UNCERTAIN})
TOLD = "told"  # why a delivery that is by_hand needs nobody any more
WORTH_A_LOOK = (BY_HAND, FAILED, UNCERTAIN, BOUNCED)  # what an operator or a coordinator may have to act on


class ImpossibleTransition(Exception):
    """A delivery was about to become what the table does not allow."""

    def __init__(self, before: str, after: str) -> None:
        super().__init__(f"{before} cannot become {after}")


def check_transition(before: str, after: str) -> None:
    """Raises ImpossibleTransition. Passing through `sending` counts as one step of its own."""
    allowed = TRANSITIONS[before]
    if after in allowed or (SENDING in allowed and after in TRANSITIONS[SENDING]):
        return
    raise ImpossibleTransition(before, after)
