"""Occasions, partners and people for tests, each with a usual value for what a test does not care about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.partners.domain.consent import Candidate
from services.partners.domain.occasion import Occasion
from services.partners.domain.reasons import Partner

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def occasion(**given: Any) -> Occasion:
    usual = {
        "event_type": "milestone.reached",
        "project_id": "project",
        "milestone_id": "milestone",
        "visibility": "public",
        "programme": "eco-town",
        "missions": (5,),
        "sectors": ("environment",),
        "areas": ("510112",),
    }
    return Occasion(**{**usual, **given})


def partner(partner_id: str = "partner", *kinds: str) -> Partner:
    return Partner(partner_id, {"th": f"องค์กร {partner_id}", "en": None}, kinds or ("community",))


def candidate(contact_id: str = "contact", *partner_ids: str, **given: Any) -> Candidate:
    usual = {"version": 1, "basis": "public_task"}
    return Candidate(contact_id, partner_ids=partner_ids or ("partner",), **{**usual, **given})


def event_data(**given: Any) -> dict[str, Any]:
    """The data of a milestone event that fits its contract."""
    project = {
        "id": "project",
        "version": 3,
        "title": {"th": "ลำพูนจังหวัดสะอาด", "en": "Clean Lamphun"},
        "programme": {"id": "eco-town", "title": {"th": "ลำพูน ECO TOWN", "en": None}},
        "facets": {"programme": "eco-town", "missions": [5], "sectors": ["environment"], "areas": ["510112"]},
        "visibility": "public",
        "status": "in_progress",
        "fiscal_year": 2570,
        "agency": {"th": "สำนักงานจังหวัดลำพูน", "en": None},
        "coordinator": {
            "id": "phimchai",
            "name": {"th": "พิมพ์ใจ ตัวอย่าง", "en": None},
            "office": {"th": "สำนักงานจังหวัดลำพูน", "en": None},
            "telephone": "0 5300 0000",
        },
        "progress": {"milestones": 3, "reached": 1},
    }
    milestone = {
        "id": "milestone",
        "version": 2,
        "title": {"th": "อบรมคัดแยกขยะ 50 ครั้ง 🎉", "en": None},
        "status": "reached",
        "due_date": "2026-11-30",
        "reached_on": "2026-11-23",
        "note": None,
        "historic": False,
    }
    usual = {
        "project": {**project, **given.pop("project", {})},
        "milestone": {**milestone, **given.pop("milestone", {})},
        "before": None,
        "next": None,
        "results": [],
        "reason": None,
        "hold_seconds": 0,
        "historic": False,
        "concerns": [],
    }
    return {**usual, **given}
