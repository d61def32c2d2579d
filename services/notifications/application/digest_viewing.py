"""The digest that a contact would get next, as it would look if it went now. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notifications.application.digest_writing import DigestWriter
from services.notifications.application.digesting import Digests, member_of
from services.notifications.application.ports import Directory
from services.notifications.domain.contacts import Contact
from services.notifications.domain.digests import Digest, Fate, Member, is_open, sort_out
from services.notifications.domain.dispatches import delivery_id
from shared.clock import Clock
from shared.errors import NotFound


@dataclass(frozen=True)
class DigestViewing:
    """`GET /v1/contacts/{id}/digest`."""

    digests: Digests
    directory: Directory
    writer: DigestWriter
    clock: Clock

    def next_digest(self, contact_id: str) -> dict[str, Any]:
        """When it is due, what waits for it, and its mail, which is null where nothing would be sent.

        Raises NotFound for somebody of whom nothing is known.
        """
        contact = self.directory.contacts([contact_id]).get(contact_id)
        if contact is None or contact.erased:
            raise NotFound("contact-not-found")
        digest = self._waiting(contact_id)
        if digest is None:
            return {"contact_id": contact_id, "due_at": None, "period": None, "items": [], "message": None}
        milestones, visibilities = self.directory.subjects(
            {m.milestone_id for m in digest.members if m.milestone_id}, {m.project_id for m in digest.members}
        )
        found = sort_out(digest.members, contact, milestones, visibilities, self.clock.now())
        return {
            "contact_id": contact_id,
            "due_at": digest.slot,
            "period": digest.period,
            "items": [_item(member, found.fates[member.place]) for member in digest.members],
            "message": self._message(digest, found.shown, contact),
        }

    def _waiting(self, contact_id: str) -> Digest | None:
        """Everything that waits for the digest that is due first."""
        places = [
            (dispatch, position, recipient)
            for dispatch in sorted(self.digests.waiting([contact_id]), key=lambda each: each.id)
            for position, recipient in enumerate(dispatch.recipients)
            if recipient.contact == contact_id and is_open(recipient)
        ]
        slots = [recipient.due_at for _, _, recipient in places if recipient.due_at]
        if not slots:
            return None
        first: datetime = min(slots)
        due = [place for place in places if place[2].due_at == first]
        members = self.digests.members({dispatch.id: dispatch for dispatch, _, _ in due}.values())
        return Digest(
            id="preview",
            contact=contact_id,
            label=due[0][2].why or "",
            slot=first,
            frozen_at=first,
            members=tuple(member_of(d, position, members[d.id][position]) for d, position, _ in due),
        )

    def _message(self, digest: Digest, shown: Sequence[Member], contact: Contact) -> dict[str, str] | None:
        if not shown:
            return None
        composed, _, (text, html) = self.writer.compose(digest, shown, contact)
        return {"language": contact.language, "subject": composed.subject, "text": text, "html": html}


def _item(member: Member, fate: Fate | None) -> Mapping[str, Any]:
    """One piece of news; `left_out` says why it would not be shown."""
    return {
        "delivery_id": delivery_id(*member.place),
        "event_id": member.event_id,
        "event": member.event,
        "project_id": member.project_id,
        "milestone_id": member.milestone_id or None,
        "left_out": None if fate is None else fate[1] or fate[0],
    }
