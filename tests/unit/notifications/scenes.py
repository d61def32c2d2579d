"""Recipients, contacts, audiences and events for tests, with usual values for what a test leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.notifications.domain.claiming import Situation
from services.notifications.domain.contacts import Contact
from services.notifications.domain.dispatches import Dispatch, Lease
from services.notifications.domain.recipients import Recipient
from shared.clock import to_timestamp
from shared.contracts.envelope import Event

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # Monday 12:00 in Lamphun
PROJECT, MILESTONE = "01JPROJECT", "01JMILESTONE"
SECRET = "a secret of tests, longer than it has to be"


def text(thai: str, english: str | None = None) -> dict[str, str | None]:
    return {"th": thai, "en": english}


def reason(code: str = "sponsor", *kinds: str, **given: Any) -> dict[str, Any]:
    usual = {
        "code": code,
        "partner_id": "01JPARTNER",
        "partner": text("บริษัท ตัวอย่างลำพูน จำกัด", "Example Lamphun Co., Ltd."),
        "kinds": list(kinds or ("csr_donor",)),
        "pledge": None,
        "facets": None,
    }
    return {**usual, **given}


def contact(contact_id: str = "01JCONTACT", **given: Any) -> Contact:
    usual = Contact(
        id=contact_id,
        version=1,
        address=f"{contact_id.lower()}@example.org",
        fingerprint=f"fingerprint of {contact_id}",
        name="กมลวรรณ ใจงาม",
        salutation="คุณ",
        position="ผู้จัดการฝ่าย CSR",
        lawful_basis="public_task",
    )
    return replace(usual, **given)


def situation(**given: Any) -> Situation:
    usual: dict[str, Any] = {
        "now": NOW,
        "recorded_at": NOW - timedelta(minutes=1),
        "overtaken": None,
        "reasons": [reason()],
        "needed_version": 1,
        "contact": contact(),
        "address_suppressed": False,
        "sends": True,
    }
    return Situation(**{**usual, **given})


def recipient(contact_id: str = "01JCONTACT", **given: Any) -> Recipient:
    return replace(Recipient(contact_id, "pending", None, NOW), **given)


def dispatch(*recipients: Recipient, **given: Any) -> Dispatch:
    usual = Dispatch(
        id=f"{PROJECT}:12:0:0",
        version=2,
        event_id=f"{PROJECT}:12",
        event_version=12,
        page_id=f"{PROJECT}:12:0",
        slice=0,
        project_id=PROJECT,
        milestone_id=MILESTONE,
        recorded_at=NOW,
        recipients=recipients or (recipient(),),
        lease=Lease("claim", "lane", NOW + timedelta(minutes=1)),
    )
    return replace(usual, **given)


def milestone(**given: Any) -> dict[str, Any]:
    usual = {
        "id": MILESTONE,
        "version": 3,
        "title": text("อบรมคัดแยกขยะ 50 ครั้ง ครบทุกตำบล", "Waste sorting training"),
        "status": "reached",
        "due_date": "2026-11-30",
        "reached_on": "2026-11-23",
        "note": None,
    }
    return {**usual, **given}


def project(version: int = 12, visibility: str = "public") -> dict[str, Any]:
    return {
        "id": PROJECT,
        "version": version,
        "title": text("ลำพูนจังหวัดสะอาด", "Clean Lamphun"),
        "programme": {"id": "eco-town", "title": text("ลำพูน ECO TOWN")},
        "facets": {"programme": "eco-town", "missions": [5], "sectors": ["environment"], "areas": ["51"]},
        "visibility": visibility,
        "status": "in_progress",
        "fiscal_year": 2570,
        "agency": text("สำนักงานทรัพยากรธรรมชาติและสิ่งแวดล้อมจังหวัดลำพูน"),
        "coordinator": {
            "id": "01JCOORDINATOR",
            "name": text("พิมพ์ใจ ตัวอย่าง", "Pimjai Example"),
            "office": text("สำนักงานจังหวัดลำพูน", "Lamphun Provincial Office"),
            "telephone": "0 5300 0000",
        },
        "progress": {"milestones": 5, "reached": 2},
    }


def about(kind: str = "reached", version: int = 12, **given: Any) -> dict[str, Any]:
    """The event that an audience is for; `hold`, `time`, `visibility`, `concerns` and `data` may be given."""
    data = {
        "project": project(version, given.get("visibility", "public")),
        "milestone": milestone(),
        "before": milestone(status="in_progress", reached_on=None, version=2, due_date="2026-11-20"),
        "next": None,
        "results": [],
        "reason": None,
        "hold_seconds": given.get("hold", 0),
        "historic": False,
        "concerns": list(given.get("concerns", ())),
        **given.get("data", {}),
    }
    return {
        "id": f"{PROJECT}:{version}",
        "type": f"projects.milestone.{kind}.v1",
        "time": to_timestamp(given.get("time", NOW)),
        "version": version,
        "data": data,
    }


def members(*contact_ids: str, version: int = 1, reasons: Any = None) -> list[dict[str, Any]]:
    return [
        {"contact_id": each, "contact_version": version, "reasons": reasons or [reason()]}
        for each in contact_ids
    ]


def reasons_once(contacts: list[dict[str, Any]]) -> dict[str, Any]:
    """Contacts with their reasons as a page has them."""
    reasons: list[Any] = []
    for each in (reason for contact in contacts for reason in contact["reasons"]):
        if each not in reasons:
            reasons.append(each)
    return {
        "reasons": reasons,
        "contacts": [c | {"reasons": [reasons.index(each) for each in c["reasons"]]} for c in contacts],
    }


def audience_page(subject: dict[str, Any], contacts: list[dict[str, Any]], page: int = 0) -> Event:
    return Event(
        id=f"{subject['id']}:{page}",
        type="partners.audience.page.v1",
        source="prasan/partners",
        subject=f"milestones/{MILESTONE}",
        time=NOW,
        version=subject["version"],
        data={"about": subject, "page": page, **reasons_once(contacts)},
    )
