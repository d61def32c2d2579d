"""What is decided about each recipient at the moment of sending: one table of checks, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.notifications.domain import states
from services.notifications.domain.contacts import Contact, is_usable
from services.notifications.domain.recipients import Recipient, ended, put_off
from services.notifications.domain.slots import label
from services.notifications.domain.subjects import Overtaken
from shared.preferences import IMMEDIATE, NEVER, way_of

CONTACT_EXPECTED_SOON = timedelta(seconds=2)
CONTACT_EXPECTED_FOR = timedelta(minutes=10)
CONTACT_LOOKED_FOR_EVERY = timedelta(minutes=1)

AWAITS_NEWER = "awaits_newer"
NOT_VISIBLE = "not_visible"
CONTACT_UNKNOWN = "contact_unknown"
ERASED = "erased"
UNSUBSCRIBED = "unsubscribed"
NO_LAWFUL_BASIS = "no_lawful_basis"
NO_ADDRESS = "no_address"
ADDRESS_SUPPRESSED = "address_suppressed"
ADDRESS_UNUSABLE = "address_unusable"
NOT_WANTED = "not_wanted"
QUIET = "quiet_hours"
MAIL_MODE = "mail_mode"
NOT_COMPOSED = "not_composed"
RATE_LIMIT, DOMAIN_LIMIT, DAILY_CAP = "rate_limit", "domain_limit", "daily_cap"

# Waits that a change of the contact may end: whoever waits so is looked at again at every claim.
LOOK_AGAIN = frozenset({CONTACT_UNKNOWN, QUIET, MAIL_MODE, AWAITS_NEWER})


@dataclass(frozen=True)
class Situation:
    """Everything that the decision about one recipient may depend on, read at the claim."""

    now: datetime
    recorded_at: datetime
    overtaken: Overtaken | None
    reasons: Sequence[Mapping[str, Any]]  # those that the present visibility leaves
    needed_version: int
    contact: Contact | None
    address_suppressed: bool
    sends: bool  # False with MAIL_MODE=hold
    project_id: str = ""
    event: str = ""  # its kind, as `milestone.reached`
    waits: str | None = None  # the label of the digest that it waits for already
    slot: datetime | None = None  # and when that is due
    tried: bool = False


@dataclass(frozen=True)
class Decision:
    """`sending`; a state that ends the delivery; or one to wait in until a time (None: the mail mode)."""

    state: str
    why: str | None = None
    until: datetime | None = None

    @property
    def waits(self) -> bool:
        return self.state in (states.PENDING, states.HELD, states.IN_DIGEST)


SEND = Decision(states.SENDING)


def decide(situation: Situation) -> Decision:
    """The first check that objects decides; if none does, the mail goes out."""
    for check in CHECKS:
        decision = check(situation)
        if decision is not None:
            return decision
    return SEND


def decided(recipient: Recipient, decision: Decision) -> Recipient:
    """The recipient after any decision but `sending`."""
    if decision.waits:
        return put_off(recipient, decision.state, decision.why, decision.until)
    return ended(recipient, decision.state, decision.why)


def to_be_decided(recipient: Recipient, now: datetime) -> bool:
    """Whether a claim looks at this recipient. Who waits for a digest may have chosen otherwise meanwhile;
    once the digest is closed, what becomes of it decides."""
    if recipient.state == states.IN_DIGEST:
        return recipient.due_at is not None
    return recipient.why in LOOK_AGAIN or recipient.is_due(now)


def _still_true(s: Situation) -> Decision | None:
    """While what overtook it may itself be recalled, nobody knows yet which of the two is true."""
    if s.overtaken is None:
        return None
    if s.overtaken.firm_at and s.now < s.overtaken.firm_at:
        return Decision(states.PENDING, AWAITS_NEWER, s.overtaken.firm_at)
    return Decision(states.SUPERSEDED, s.overtaken.by)


def _visible(s: Situation) -> Decision | None:
    return None if s.reasons else Decision(states.SUPPRESSED, NOT_VISIBLE)


def _not_erased(s: Situation) -> Decision | None:
    return Decision(states.SUPPRESSED, ERASED) if s.contact and s.contact.erased else None


def _known(s: Situation) -> Decision | None:
    if s.contact is not None and s.contact.version >= s.needed_version:
        return None
    soon = s.now - s.recorded_at < CONTACT_EXPECTED_FOR
    wait = CONTACT_EXPECTED_SOON if soon else CONTACT_LOOKED_FOR_EVERY
    return Decision(states.PENDING, CONTACT_UNKNOWN, s.now + wait)


def _subscribed(s: Situation) -> Decision | None:
    contact = _contact(s)
    stopped = contact.unsubscribed or s.project_id in contact.muted_projects
    return Decision(states.SUPPRESSED, UNSUBSCRIBED) if stopped else None


def _lawful(s: Situation) -> Decision | None:
    return None if _contact(s).lawful_basis else Decision(states.SUPPRESSED, NO_LAWFUL_BASIS)


def _told_now(s: Situation) -> Decision | None:
    """In a digest, or not at all, if that is how the contact wants it. What was tried goes on being tried."""
    way = way_of(_contact(s).preferences, s.event, s.reasons)
    if way.how == NEVER:
        return Decision(states.SUPPRESSED, NOT_WANTED)
    if way.how == IMMEDIATE or s.tried:
        return None
    slot = s.slot if s.slot and label(way.how, s.slot) == s.waits and way.is_slot(s.slot) else None
    slot = slot or way.next_slot(s.now)
    return Decision(states.IN_DIGEST, label(way.how, slot), slot)


def _has_address(s: Situation) -> Decision | None:
    return None if _contact(s).address else Decision(states.BY_HAND, NO_ADDRESS)


def _address_not_suppressed(s: Situation) -> Decision | None:
    return Decision(states.SUPPRESSED, ADDRESS_SUPPRESSED) if s.address_suppressed else None


def _address_usable(s: Situation) -> Decision | None:
    return None if is_usable(_contact(s).address or "") else Decision(states.FAILED, ADDRESS_UNUSABLE)


def _not_quiet(s: Situation) -> Decision | None:
    quiet = _contact(s).quiet_hours
    until = quiet.over_at(s.now) if quiet else None
    return Decision(states.PENDING, QUIET, until) if until else None


def _mode_sends(s: Situation) -> Decision | None:
    return None if s.sends else Decision(states.HELD, MAIL_MODE)


def _contact(s: Situation) -> Contact:
    assert s.contact is not None  # `_known` came before
    return s.contact


CHECKS: tuple[Callable[[Situation], Decision | None], ...] = (
    _still_true,
    _visible,
    _not_erased,
    _known,
    _subscribed,
    _lawful,
    _told_now,
    _has_address,
    _address_not_suppressed,
    _address_usable,
    _not_quiet,
    _mode_sends,
)
