"""What is asked of a contact, and what its changes tell the sender: sealed, never an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from services.partners.application.orders import Order
from services.partners.application.ports import Record, Records
from services.partners.domain.address import address
from services.partners.domain.consent import ALERTS, effective_basis
from shared.clock import to_timestamp
from shared.contracts.envelope import Event
from shared.errors import FieldError, Invalid
from shared.preferences import document_of, preferences_of
from shared.thai import in_language

SOURCE = "prasan/partners"
NO_PREFERENCES: Mapping[str, Any] = {"mode": None, "events": {}, "digest": None, "quiet_hours": None}
USUAL: Mapping[str, Any] = {
    "salutation": "",
    "position": None,
    "language": "th",
    "address": None,
    "by_hand": None,
    "preferences": NO_PREFERENCES,
    "lawful_bases": {},
    "unsubscribed_at": None,
    "muted_projects": [],
    "suppressed": None,
}
MOST_PARTNERS = 20  # of one contact


class Sealing(Protocol):
    def seal(self, person: dict[str, Any]) -> str: ...

    def fingerprint(self, address: str) -> str: ...


class ContactRules:
    """One address is one contact; no basis, no mail; whoever has no address is told by hand."""

    kind = "contact"
    taken: Mapping[str, str] = {"one_address": "address-taken"}

    def __init__(self, partners: Records, sealer: Sealing) -> None:
        self._partners = partners
        self._sealer = sealer

    def settle(self, before: Record, given: Mapping[str, Any], order: Order, now: datetime) -> Record:
        given = dict(given)
        if "unsubscribed" in given:
            given["unsubscribed_at"] = _since(before.get("unsubscribed_at"), given.pop("unsubscribed"), now)
        if "lawful_bases" in given:
            given["lawful_bases"] = _recorded(given["lawful_bases"], before, order, now)
        settled = {**USUAL, **before, **given}
        settled["partner_ids"] = list(dict.fromkeys(settled["partner_ids"]))
        self._require_partners(settled["partner_ids"], before.get("partner_ids", ()))
        return {**settled, **self._addressed(settled, before)}

    def events(self, record: Record, order: Order) -> Sequence[Event]:
        return (self.changed(record, order.subject, order.traceparent),)

    def changed(self, record: Record, actor: str, traceparent: str | None = None) -> Event:
        """The contact as the sender must know it."""
        return contact_event(
            "changed",
            record,
            {
                "sealed": self._sealer.seal(_person(record)),
                "fingerprint": record["fingerprint"],
                "language": record["language"],
                "quiet_hours": record["preferences"].get("quiet_hours"),
                "imported_at": _timestamp(record.get("imported_at")),
                "preferences": document_of(preferences_of(record["preferences"])),
                "lawful_basis": effective_basis(record["lawful_bases"], record["updated_at"]),
                "unsubscribed": record["unsubscribed_at"] is not None,
                "muted_projects": record.get("muted_projects", []),
            },
            actor,
            traceparent,
        )

    def _require_partners(self, partner_ids: Sequence[str], before: Sequence[str]) -> None:
        unknown = [i for i, each in enumerate(partner_ids) if each not in before and not self._exists(each)]
        if unknown:
            raise Invalid(errors=[FieldError(f"/partner_ids/{i}", "partner-not-found") for i in unknown])

    def _exists(self, partner_id: str) -> bool:
        partner = self._partners.find(partner_id)
        return partner is not None and not partner.get("ended_at")

    def _addressed(self, settled: Record, before: Record) -> dict[str, Any]:
        """The address in its one form; what was suppressed was the address, not the person."""
        if settled["address"] is None:
            return {"fingerprint": None, "suppressed": None}
        found = address(settled["address"])
        fingerprint = self._sealer.fingerprint(found.sent)
        same = fingerprint == before.get("fingerprint")
        return {
            "address": found.shown,
            "fingerprint": fingerprint,
            "suppressed": settled["suppressed"] if same else None,
        }


def contact_event(
    happened: str, record: Record, data: Mapping[str, Any], actor: str, traceparent: str | None
) -> Event:
    """changed, erased."""
    contact_id, version = record["id"], record["version"]
    return Event(
        id=f"{contact_id}:{version}",
        type=f"partners.contact.{happened}.v1",
        source=SOURCE,
        subject=f"contacts/{contact_id}",
        time=record["updated_at"],
        version=version,
        data={"contact_id": contact_id, "contact_version": version, **data},
        actor=actor,
        traceparent=traceparent,
    )


def _person(record: Record) -> dict[str, Any]:
    language = record["language"]
    return {
        "address": address(record["address"]).sent if record["address"] else None,
        "name": in_language(record["name"], language),
        "salutation": record["salutation"],
        "position": in_language(record["position"], language) or None,
        "by_hand": in_language(record["by_hand"], language) or None,
        "source": record["lawful_bases"].get(ALERTS, {}).get("source") or "",
    }


def _timestamp(instant: datetime | None) -> str | None:
    return None if instant is None else to_timestamp(instant)


def _since(before: datetime | None, unsubscribed: bool, now: datetime) -> datetime | None:
    return (before or now) if unsubscribed else None


def _recorded(given: Mapping[str, Any], before: Record, order: Order, now: datetime) -> dict[str, Any]:
    """Each basis with when and by whom it was recorded: as given, as before, or now by the caller."""
    known = before.get("lawful_bases", {})
    return {purpose: _one_basis(basis, known.get(purpose), order, now) for purpose, basis in given.items()}


def _one_basis(
    given: Mapping[str, Any], before: Mapping[str, Any] | None, order: Order, now: datetime
) -> dict[str, Any]:
    same = before is not None and all(before[name] == given[name] for name in ("basis", "source"))
    usual = before if same and before else {"recorded_at": now, "recorded_by": order.subject}
    until = given.get("retention_until")
    return {
        "recorded_at": usual["recorded_at"],
        "recorded_by": usual["recorded_by"],
        "withdrawn_at": None,
        **given,
        "retention_until": until.isoformat() if isinstance(until, date) else until,
    }
