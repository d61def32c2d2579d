"""What a claim is going to do: every recipient decided by what is true now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from services.notifications.application.digest_planning import DigestPlanner, Planned
from services.notifications.application.ports import Directory, Pages
from services.notifications.domain.claiming import Situation, decide, decided, to_be_decided
from services.notifications.domain.contacts import Contact
from services.notifications.domain.dispatches import SLICE, Dispatch
from services.notifications.domain.recipients import Recipient, put_off
from services.notifications.domain.states import IN_DIGEST, SENDING, TRIED
from services.notifications.domain.subjects import Milestone, visible_reasons
from shared.errors import DependencyDown

NOT_PLANNED = "not_planned"
LOOKED_AT_AGAIN_AFTER = timedelta(minutes=10)
log = structlog.get_logger(__name__)

_INTERNAL = "internal"  # of a project that nothing is known about: the safest


@dataclass(frozen=True, slots=True)
class Errand:
    """A mail to be sent: which delivery, to whom, why."""

    dispatch: Dispatch
    position: int
    contact: Contact
    reasons: Sequence[Mapping[str, Any]]
    digest: Planned | None = None  # what the mail shows, where it is a digest

    @property
    def place(self) -> tuple[str, int]:
        return self.dispatch.id, self.position


@dataclass
class Plan:
    """The recipients of each dispatch of a claim as they become, and the mails to send, in order."""

    recipients: dict[str, list[Recipient]]
    errands: list[Errand]

    def leave(self, dispatch: Dispatch, until: datetime) -> None:
        """Nothing is decided about this dispatch before `until`."""
        self.errands = [errand for errand in self.errands if errand.dispatch.id != dispatch.id]
        self.recipients[dispatch.id] = [
            put_off(recipient, recipient.state, NOT_PLANNED, until) if recipient.due_at else recipient
            for recipient in dispatch.recipients
        ]


class Planner:
    """Reads what every decision needs, for a whole claim at once."""

    def __init__(
        self, directory: Directory, pages: Pages, sends: bool, digests: DigestPlanner | None = None
    ) -> None:
        self._directory = directory
        self._pages = pages
        self._sends = sends
        self._digests = digests

    def plan(self, dispatches: Sequence[Dispatch], now: datetime) -> Plan:
        facts = self._facts(dispatches)
        plan = Plan({dispatch.id: list(dispatch.recipients) for dispatch in dispatches}, [])
        self._plan_digests([dispatch for dispatch in dispatches if dispatch.is_digest], facts, now, plan)
        for dispatch in dispatches:
            if dispatch.is_digest:
                continue
            try:
                self._decide(dispatch, facts, now, plan)
            except DependencyDown:
                raise
            except Exception:  # a dispatch that nobody foresaw must not stop the others
                log.exception("dispatch_not_planned", dispatch_id=dispatch.id)
                plan.leave(dispatch, now + LOOKED_AT_AGAIN_AFTER)
        return plan

    def _plan_digests(self, own: Sequence[Dispatch], facts: _Facts, now: datetime, plan: Plan) -> None:
        due = [dispatch for dispatch in own if to_be_decided(dispatch.recipients[0], now)]
        if not due or self._digests is None:
            return
        try:
            planned = self._digests.plan(due, facts.contacts, facts.suppressed, now)
        except DependencyDown:
            raise
        except Exception:  # as with any other dispatch
            log.exception("digests_not_planned", dispatch_ids=[dispatch.id for dispatch in due])
            for dispatch in due:
                plan.leave(dispatch, now + LOOKED_AT_AGAIN_AFTER)
            return
        for dispatch in due:
            of_digest = planned[dispatch.id]
            if of_digest.decision.state == SENDING:
                contact = facts.contacts[of_digest.digest.contact]
                plan.errands.append(Errand(dispatch, 0, contact, (), of_digest))
            else:
                plan.recipients[dispatch.id][0] = decided(dispatch.recipients[0], of_digest.decision)

    def _facts(self, dispatches: Sequence[Dispatch]) -> _Facts:
        contacts = self._directory.contacts(r.contact for d in dispatches for r in d.recipients)
        fingerprints = (c.fingerprint for c in contacts.values() if c.fingerprint)
        suppressed = self._directory.suppressed(fingerprints)
        milestones, visibilities = self._directory.subjects(
            {d.milestone_id for d in dispatches},
            {d.project_id for d in dispatches},
        )
        return _Facts(contacts, suppressed, milestones, visibilities)

    def _decide(self, dispatch: Dispatch, facts: _Facts, now: datetime, plan: Plan) -> None:
        overtaken = facts.milestones.get(dispatch.milestone_id, Milestone()).overtaken(
            dispatch.event_id, dispatch.event_version
        )
        visibility = facts.visibilities.get(dispatch.project_id, _INTERNAL)
        members = self._members(dispatch)
        for position, recipient in enumerate(dispatch.recipients):
            if not to_be_decided(recipient, now):
                continue
            contact = facts.contacts.get(recipient.contact)
            reasons = visible_reasons(visibility, members[position]["reasons"])
            decision = decide(
                Situation(
                    now=now,
                    recorded_at=dispatch.recorded_at,
                    overtaken=overtaken,
                    reasons=reasons,
                    needed_version=members[position]["contact_version"],
                    contact=contact,
                    address_suppressed=contact is not None and contact.fingerprint in facts.suppressed,
                    sends=self._sends,
                    project_id=dispatch.project_id,
                    event=dispatch.event,
                    waits=recipient.why,
                    slot=recipient.due_at if recipient.state == IN_DIGEST else None,
                    tried=recipient.state in TRIED,
                )
            )
            if decision.state == SENDING:
                assert contact is not None
                plan.errands.append(Errand(dispatch, position, contact, reasons))
            else:
                plan.recipients[dispatch.id][position] = decided(recipient, decision)

    def _members(self, dispatch: Dispatch) -> Sequence[Mapping[str, Any]]:
        """The slice of the audience page that the dispatch is for."""
        start = dispatch.slice * SLICE
        members: Sequence[Mapping[str, Any]] = self._pages.page(dispatch.page_id)["contacts"]
        return members[start : start + SLICE]


@dataclass(frozen=True)
class _Facts:
    contacts: Mapping[str, Contact]
    suppressed: frozenset[str]
    milestones: Mapping[str, Milestone]
    visibilities: Mapping[str, str]
