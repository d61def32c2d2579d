"""What a digest is going to say, decided when it is about to go: what is then true, visible and wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.notifications.application.ports import Directory
from services.notifications.domain import states
from services.notifications.domain.claiming import AWAITS_NEWER, NO_ADDRESS, Decision, Situation, decide
from services.notifications.domain.contacts import Contact, awaits_notice
from services.notifications.domain.digests import (
    NOTHING_LEFT,
    NOTICE,
    TOLD_ALREADY,
    Digest,
    Fate,
    Member,
    Place,
    Sorted,
    belongs_to,
    sort_out,
)
from services.notifications.domain.dispatches import Dispatch


class ClosedDigests(Protocol):
    """Digests that are on the road."""

    def get(self, ids: Sequence[str]) -> dict[str, Digest]: ...

    def dispatches(self, ids: Sequence[str]) -> dict[str, Dispatch]: ...

    def keep_fates(self, fates: Mapping[str, Mapping[Place, Fate | None]]) -> None:
        """What becomes of each member of these digests, before their mails go."""


@dataclass(frozen=True)
class Planned:
    """What is to be done about one digest; `news` is what its mail would show."""

    digest: Digest
    decision: Decision
    news: Sequence[Member]


@dataclass(frozen=True)
class DigestPlanner:
    """Plans the digests of a claim together."""

    digests: ClosedDigests
    directory: Directory
    sends: bool

    def plan(
        self,
        own: Sequence[Dispatch],
        contacts: Mapping[str, Contact],
        suppressed: frozenset[str],
        now: datetime,
    ) -> dict[str, Planned]:
        """Dispatch id → what to do about the digest. Raises DependencyDown."""
        digests = self.digests.get([dispatch.id for dispatch in own])
        members = {key: self._belonging(digest) for key, digest in digests.items()}
        everything = [member for of_digest in members.values() for member in of_digest]
        milestones, visibilities = self.directory.subjects(
            {m.milestone_id for m in everything if m.milestone_id}, {m.project_id for m in everything}
        )
        sorted_out = {
            key: sort_out(members[key], contacts.get(digest.contact), milestones, visibilities, now)
            for key, digest in digests.items()
        }
        self.digests.keep_fates({key: found.fates for key, found in sorted_out.items()})
        return {
            dispatch.id: self._planned(
                dispatch, digests[dispatch.id], sorted_out[dispatch.id], contacts, suppressed, now
            )
            for dispatch in own
        }

    def _belonging(self, digest: Digest) -> list[Member]:
        """The members that this digest closed over: another one may have been faster."""
        dispatches = self.digests.dispatches(sorted({member.dispatch for member in digest.members}))
        return [
            member
            for member in digest.members
            if belongs_to(dispatches[member.dispatch].recipients[member.position], digest)
        ]

    def _planned(
        self,
        dispatch: Dispatch,
        digest: Digest,
        found: Sorted,
        contacts: Mapping[str, Contact],
        suppressed: frozenset[str],
        now: datetime,
    ) -> Planned:
        contact = contacts.get(digest.contact)
        if digest.is_notice:
            return self._notice(dispatch, digest, contact, suppressed, now)
        if found.wait_until:
            return Planned(digest, Decision(states.PENDING, AWAITS_NEWER, found.wait_until), ())
        if not found.shown:
            return Planned(digest, Decision(states.SUPERSEDED, NOTHING_LEFT), ())
        version = max(member.contact_version for member in found.shown)
        decision = self._decide(dispatch, found.shown[0].reasons, version, contact, suppressed, now)
        return Planned(digest, decision, found.shown)

    def _notice(
        self,
        dispatch: Dispatch,
        digest: Digest,
        contact: Contact | None,
        suppressed: frozenset[str],
        now: datetime,
    ) -> Planned:
        """Unless another mail was faster."""
        if contact is not None and not contact.erased and not awaits_notice(contact):
            return Planned(digest, Decision(states.SUPERSEDED, TOLD_ALREADY), ())
        by_law = [{"code": NOTICE}]
        return Planned(digest, self._decide(dispatch, by_law, 0, contact, suppressed, now), ())

    def _decide(
        self,
        dispatch: Dispatch,
        reasons: Sequence[Mapping[str, Any]],
        version: int,
        contact: Contact | None,
        suppressed: frozenset[str],
        now: datetime,
    ) -> Decision:
        decision = decide(
            Situation(
                now=now,
                recorded_at=dispatch.recorded_at,
                overtaken=None,
                reasons=reasons,
                needed_version=version,
                contact=contact,
                address_suppressed=contact is not None and contact.fingerprint in suppressed,
                sends=self.sends,
            )
        )
        if decision.state == states.BY_HAND:  # its news stand on the call list, each for itself
            return Decision(states.SUPPRESSED, NO_ADDRESS)
        return decision
