"""Endpoints of contacts."""

from __future__ import annotations

from services.partners.application.ports import Record
from services.partners.schemas.contacts import (
    AmendedContact,
    ContactQuery,
    ContactSchema,
    NewContact,
    Tombstone,
)
from services.partners.service.requests import (
    ANYBODY,
    KEEPERS,
    MANAGERS,
    PREVIEWERS,
    WithUseCases,
    answer_of,
    order_of,
    page_of,
    wanted,
)
from shared.auth import Caller
from shared.http import Answer, Request, endpoint
from shared.http.pagination import page_schema

CONTACTS = "/v1/contacts"
CONTACT = "/v1/contacts/<contact_id>"
SEEN_BY = {"address": KEEPERS, "by_hand": PREVIEWERS}  # how to reach the person; the rest is for anybody


class ContactEndpoints(WithUseCases):
    """Read by anybody, but addresses by partner managers and operators only."""

    @endpoint("GET", CONTACTS, roles=ANYBODY, query=ContactQuery, answer=page_schema(ContactSchema))
    def contacts(self, request: Request) -> Answer:
        """Contacts by their ids."""
        asked, after, limit = wanted(request.query, erased_at=None)
        if "partner_id" in asked:
            asked["partner_ids"] = asked.pop("partner_id")
        found = self.use_cases.contacts.page(asked, after, limit)
        return page_of([shown_to(request.caller, record) for record in found], limit)

    @endpoint(
        "POST",
        CONTACTS,
        roles=MANAGERS,
        body=NewContact,
        answer=ContactSchema,
        status=201,
        idempotent=True,
    )
    def make_contact(self, request: Request) -> Answer:
        """A new contact. One address is one contact."""
        record = self.use_cases.contacts.create(request.body, order_of(request))
        return answer_of(shown_to(request.caller, record), CONTACTS)

    @endpoint("GET", CONTACT, roles=ANYBODY, answer=ContactSchema)
    def contact(self, request: Request, contact_id: str) -> Answer:
        """One contact."""
        return answer_of(shown_to(request.caller, self.use_cases.contacts.get(contact_id)))

    @endpoint("PATCH", CONTACT, roles=MANAGERS, body=AmendedContact, answer=ContactSchema, if_match=True)
    def amend_contact(self, request: Request, contact_id: str) -> Answer:
        """Changes what the body names, and leaves the rest."""
        contacts, version = self.use_cases.contacts, request.if_match or 0
        record = contacts.change(contact_id, version, request.body, order_of(request))
        return answer_of(shown_to(request.caller, record))

    @endpoint("GET", f"{CONTACT}/export", roles=KEEPERS)
    def export_contact(self, request: Request, contact_id: str) -> Answer:
        """Everything that is held about the person (PDPA, ม.30)."""
        headers = {"Content-Disposition": f'attachment; filename="contact-{contact_id}.json"'}
        return Answer(self.use_cases.forgetting.export(contact_id), headers=headers)

    @endpoint("POST", f"{CONTACT}/erase", roles=KEEPERS, answer=Tombstone, if_match=True, idempotent=True)
    def erase_contact(self, request: Request, contact_id: str) -> Answer:
        """Forgets the person (PDPA, ม.33); asked again, the same answer."""
        forgetting, version = self.use_cases.forgetting, request.if_match or 0
        return answer_of(forgetting.erase(contact_id, version, order_of(request)))


def shown_to(caller: Caller, record: Record) -> Record:
    """The contact as this caller may see it."""
    hidden = {name for name, roles in SEEN_BY.items() if not caller.has_any(roles)}
    return {
        **{name: value for name, value in record.items() if name not in hidden},
        "has_address": record["address"] is not None,
        "unsubscribed": record["unsubscribed_at"] is not None,
    }
