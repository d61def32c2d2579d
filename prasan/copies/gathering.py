"""Asks each service for what it holds about one contact."""

from __future__ import annotations

from typing import Any

from prasan.services import LARGEST_PAGE, ServiceRefused, Services
from shared.messaging.topology import SERVICES

Copy = dict[str, Any]


def gather(services: Services, contact_id: str) -> Copy:
    """{"contact_id", "organisations", "project_titles" by id, one member for each service}. Raises
    ServiceRefused for a contact that is not there, ServiceSilent if any service is away: half a copy is
    none."""
    path = f"/v1/contacts/{contact_id}/export"
    copy = {name: services.get(name, path) for name in sorted(SERVICES, key=lambda name: name != "partners")}
    ids = copy["partners"]["contact"]["partner_ids"]
    projects = dict.fromkeys(each["project_id"] for each in copy["partners"]["engagements"])
    return {
        "contact_id": contact_id,
        "organisations": [_partner(services, each) for each in ids],
        "project_titles": {each: _title(services, each) for each in projects},
        **copy,
    }


def find(services: Services, text: str) -> list[dict[str, Any]]:
    """Contacts whose address is this one, or in whose name this stands."""
    wanted = text.strip().casefold()
    everybody = services.items("partners", "/v1/contacts", limit=LARGEST_PAGE)
    return [contact for contact in everybody if _is(contact, wanted)]


def _is(contact: dict[str, Any], wanted: str) -> bool:
    names = (str(name or "").casefold() for name in contact["name"].values())
    return str(contact.get("address") or "").casefold() == wanted or any(wanted in name for name in names)


def _partner(services: Services, partner_id: str) -> dict[str, Any]:
    try:
        return dict(services.get("partners", f"/v1/partners/{partner_id}"))
    except ServiceRefused:
        return {"id": partner_id, "name": {"th": partner_id}}


def _title(services: Services, project_id: str) -> dict[str, str | None]:
    """Its id where the project is not there any more."""
    try:
        return dict(services.get("projects", f"/v1/projects/{project_id}")["title"])
    except ServiceRefused:
        return {"th": project_id}
