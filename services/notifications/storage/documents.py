"""Dispatches, recipients, attempts and contacts as documents, and back.

A dispatch's document holds what changes and nothing else, since every claim and settlement writes it; the
reasons stay in the audience page, the attempts and slot values go into documents of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from services.notifications.application.ports import Attempt
from services.notifications.domain.claiming import CONTACT_UNKNOWN, QUIET
from services.notifications.domain.contacts import Contact
from services.notifications.domain.dispatches import Dispatch, Lease
from services.notifications.domain.quiet_hours import QuietHours
from services.notifications.domain.recipients import Recipient, Result
from services.notifications.domain.restoring import RESTORED
from services.notifications.domain.states import IN_DIGEST, TOLD
from shared.preferences import document_of, preferences_of

Document = dict[str, Any]

_FREED_BY_CONTACT = frozenset({CONTACT_UNKNOWN, QUIET})


def dispatch_document(dispatch: Dispatch) -> Document:
    """A new dispatch."""
    return {
        "_id": dispatch.id,
        "version": dispatch.version,
        "event_id": dispatch.event_id,
        "event_version": dispatch.event_version,
        "page_id": dispatch.page_id,
        "slice": dispatch.slice,
        "project_id": dispatch.project_id,
        "milestone_id": dispatch.milestone_id,
        "recorded_at": dispatch.recorded_at,
        "event": dispatch.event,
        **state_fields(dispatch)[0],
    }


def state_fields(dispatch: Dispatch) -> tuple[Document, tuple[str, ...]]:
    """(fields to set, fields to unset): unset, so that sparse indexes hold only what is waiting."""
    optional = {"due_at": dispatch.due_at, "digest_at": dispatch.digest_at, "marks": _marks(dispatch) or None}
    present = {name: value for name, value in optional.items() if value is not None}
    recipients = [recipient_document(recipient) for recipient in dispatch.recipients]
    return {"recipients": recipients, **present}, tuple(optional.keys() - present.keys())


MODE_MARK = "mail_mode"  # holds somebody who waits for a mail mode that sends


def contact_mark(contact_id: str) -> str:
    """Holds somebody who waits until this contact changes."""
    return f"contact/{contact_id}"


def state_mark(state: str) -> str:
    """Holds somebody in this state, which a person may have to act on."""
    return f"state/{state}"


DIGEST_MARK = "digest"  # a digest that has become what it becomes, which its news have still to share
TOLD_MARK = "told"  # holds somebody who was told by hand
RESTORED_MARK = "restored"  # holds somebody whom a restore held back


def _marks(dispatch: Dispatch) -> list[str]:
    """What a dispatch is looked up by, besides its time: one index for all, since each costs every update."""
    marks = {contact_mark(r.contact) for r in dispatch.recipients if _freed_by_contact(r)}
    if dispatch.is_digest and dispatch.due_at is None and not dispatch.waits_for_mail_mode:
        return [DIGEST_MARK]  # its news are what people look for
    marks |= {state_mark(state) for state in dispatch.attention}
    if dispatch.waits_for_mail_mode:
        marks.add(MODE_MARK)
    if any(r.why == TOLD for r in dispatch.recipients):
        marks.add(TOLD_MARK)
    if any(r.why == RESTORED for r in dispatch.recipients):
        marks.add(RESTORED_MARK)
    return sorted(marks)


def _freed_by_contact(recipient: Recipient) -> bool:
    open_digest = recipient.state == IN_DIGEST and recipient.due_at is not None
    return open_digest or recipient.why in _FREED_BY_CONTACT


def dispatch_of(document: Mapping[str, Any]) -> Dispatch:
    return Dispatch(
        id=document["_id"],
        version=document["version"],
        event_id=document["event_id"],
        event_version=document["event_version"],
        page_id=document["page_id"],
        slice=document["slice"],
        project_id=document["project_id"],
        milestone_id=document["milestone_id"],
        recorded_at=document["recorded_at"],
        recipients=tuple(map(recipient_of, document["recipients"])),
        lease=lease_of(document.get("lease")),
        event=document.get("event", ""),
    )


def lease_of(document: Mapping[str, Any] | None) -> Lease | None:
    return Lease(document["token"], document["lane"], document["until"]) if document else None


def lease_document(lease: Lease) -> Document:
    return {"token": lease.token, "lane": lease.lane, "until": lease.until}


def recipient_document(recipient: Recipient) -> Document:
    """Only what differs from a recipient to whom nothing has happened yet."""
    document: Document = {"contact": recipient.contact, "state": recipient.state}
    if recipient.why is not None:
        document["why"] = recipient.why
    if recipient.due_at is not None:
        document["due_at"] = recipient.due_at
    if recipient.refusals:
        document |= {"refusals": recipient.refusals, "waited": recipient.waited.total_seconds()}
    if recipient.doubts:
        document["doubts"] = recipient.doubts
    return document


def recipient_of(document: Mapping[str, Any]) -> Recipient:
    get = document.get
    return Recipient(
        document["contact"],
        document["state"],
        get("why"),
        get("due_at"),
        get("refusals", 0),
        timedelta(seconds=get("waited", 0)),
        get("doubts", 0),
    )


def attempt_document(attempt: Attempt) -> Document:
    result = attempt.result
    return {
        "position": attempt.position,
        "at": attempt.at,
        "verdict": result.verdict,
        "code": result.code,
        "enhanced": result.enhanced,
        "text": result.text,
        "language": attempt.language,
        "slots": dict(attempt.slots),
    }


def attempt_of(document: Mapping[str, Any]) -> Attempt:
    result = Result(document["verdict"], document["code"], document["enhanced"], document["text"])
    return Attempt(document["position"], document["at"], result, document["language"], document["slots"])


def contact_fields(contact: Contact) -> Document:
    """Every field, so that what an erasure empties is overwritten."""
    quiet = contact.quiet_hours
    return {
        "address": contact.address,
        "address_fingerprint": contact.fingerprint,
        "name": contact.name,
        "salutation": contact.salutation,
        "position": contact.position,
        "organisation": dict(contact.organisation) if contact.organisation else None,
        "language": contact.language,
        "quiet_hours": {"start": quiet.start, "end": quiet.end} if quiet else None,
        "preferences": document_of(contact.preferences),
        "imported_at": contact.imported_at,
        "source": contact.source,
        "lawful_basis": contact.lawful_basis,
        "unsubscribed": contact.unsubscribed,
        "muted_projects": list(contact.muted_projects),
        "erased": contact.erased,
        "by_hand": contact.by_hand,
    }


def contact_of(document: Mapping[str, Any]) -> Contact:
    quiet = document["quiet_hours"]
    return Contact(
        id=document["_id"],
        version=document["version"],
        address=document["address"],
        fingerprint=document["address_fingerprint"],
        name=document["name"],
        salutation=document["salutation"],
        position=document["position"],
        organisation=document["organisation"],
        language=document["language"],
        quiet_hours=QuietHours(quiet["start"], quiet["end"]) if quiet else None,
        preferences=preferences_of(document.get("preferences")),
        imported_at=document.get("imported_at"),
        source=document.get("source", ""),
        noticed=document.get("noticed_at") is not None,
        lawful_basis=document["lawful_basis"],
        unsubscribed=document["unsubscribed"],
        muted_projects=tuple(document.get("muted_projects", ())),
        erased=document["erased"],
        by_hand=document.get("by_hand"),
    )
