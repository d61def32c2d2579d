"""Invented digests and their readers, as quiet and as full as they come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.notifications.composing.digest import Edition, News
from services.notifications.composing.person import Person
from services.notifications.composing.samples import (
    EVENTS,
    LONG_READERS,
    LONG_REASONS,
    PROJECT,
    READERS,
    REASONS,
    SPONSOR,
    SURVEY,
    Data,
    Readers,
    Text,
    overfull,
    text,
)

_THURSDAY = datetime(2026, 11, 26, 5, tzinfo=UTC)  # noon in Lamphun
_BROCADE = text("ประกวดลายผ้าไหมยกดอกลำพูน", "Contest of Lamphun brocade patterns")
_BINS = text("ติดตั้งถังคัดแยกขยะหน้าศาลากลางและที่ว่าการอำเภอ", "Sorting bins at the provincial and district halls")
_MARKET = text("ตลาดนัดวันอาทิตย์", "Sunday market")

_FIGURE: Data = {
    "id": "indicator-1:3",
    "type": "projects.indicator.measured.v1",
    "time": "2026-11-26T03:00:00.000Z",
    "version": 3,
    "data": {
        "project": PROJECT,
        "indicator_id": "indicator-1",
        "project_id": "project-1",
        "title": text("จำนวนตำบลที่จัดอบรมแล้ว", "Sub-districts with a training"),
        "unit": text("ตำบล", "sub-districts"),
        "baseline": 0,
        "target": 51,
        "value": 51,
        "measured_on": "2026-11-25",
        "areas": ["51"],
        "historic": False,
    },
}
_SUBSCRIBER: Data = {
    "code": "subscriber",
    "partner_id": "partner-9",
    "partner": text("สถานีวิทยุชุมชนตัวอย่าง", "Example Community Radio"),
    "kinds": ["media"],
    "facets": {"sectors": ["environment"]},
}
_RADIO = text("สถานีวิทยุชุมชนตัวอย่าง", "Example Community Radio")
_RADIO_READERS: Readers = {
    "th": Person("ผู้ผลิตรายการวิทยุ", "", None, _RADIO),
    "en": Person("Programme Producer", "", None, _RADIO),
}


@dataclass(frozen=True)
class DigestSample:
    """One digest and its readers."""

    name: str
    edition: Edition
    readers: Readers


def digests() -> tuple[DigestSample, ...]:
    """Weekly for a radio station; daily for a sponsor, and for a coordinator after much was overdue at once;
    and overfull with more news than are shown."""
    for_radio = [News(each, [_SUBSCRIBER]) for each in (EVENTS["reached"], _about("later", 2, _BROCADE))]
    crowd = [News(each, [REASONS["overdue"]]) for each in _overdue_at_once()]
    full = [News(overfull(EVENTS[name]), LONG_REASONS) for name in ("reached", "later", "earlier")]
    many = [News({**_FIGURE, "id": f"indicator-{n}:1"}, [SPONSOR]) for n in range(70)]
    return (
        DigestSample("digest-weekly", Edition("weekly", _THURSDAY, for_radio), _RADIO_READERS),
        DigestSample("digest-daily", Edition("daily", _THURSDAY, list(_of_one_day())), READERS),
        DigestSample("digest-overdue", Edition("daily", _THURSDAY, crowd), READERS),
        DigestSample("digest-weekly-overfull", Edition("weekly", _THURSDAY, [*full, *many]), LONG_READERS),
    )


def _of_one_day() -> list[News]:
    """A piece of each kind that a partner's digest can hold."""
    own = [_about("reached", 1, EVENTS["reached"]["data"]["milestone"]["title"], reached_on="2026-11-25")]
    others = [
        _about("later", 2, _BROCADE),
        _about("earlier", 3, _BINS),
        _FIGURE,
        _of_project("completed", "project-2:9", _MARKET, 4, 4),
        _of_project("started", "project-3:2", SURVEY, 3, 0),
    ]
    told = {key: value for key, value in SPONSOR.items() if key != "pledge"}
    return [News(each, [SPONSOR]) for each in own] + [
        News(each, [{**told, "pledge": None}]) for each in others
    ]


def _overdue_at_once() -> list[Data]:
    return [
        _about("overdue", 2, _BROCADE, due_date="2026-11-23"),
        _about("overdue", 3, _BINS, due_date="2026-11-24"),
        _about("due_soon", 4, SURVEY, due_date="2026-12-03"),
    ]


def _about(name: str, number: int, title: Text, **milestone: Any) -> Data:
    """That alert about another milestone, told in the day before the digest."""
    event = EVENTS[name]
    data = event["data"]
    changed = {"id": f"milestone-{number}", "title": title, **milestone}
    before = data["before"] and {**data["before"], "id": changed["id"], "title": title}
    told = {**data, "milestone": {**data["milestone"], **changed}, "before": before}
    return {**event, "id": f"milestone-{number}:{name}", "time": "2026-11-26T01:30:00.000Z", "data": told}


def _of_project(name: str, event_id: str, title: Text, milestones: int, reached: int) -> Data:
    progress = {"milestones": milestones, "reached": reached}
    project = {**PROJECT, "id": event_id.split(":")[0], "title": title, "progress": progress}
    return {
        "id": event_id,
        "type": f"projects.project.{name}.v1",
        "time": "2026-11-25T08:00:00.000Z",
        "version": 9,
        "data": {"project": project, "historic": False},
    }
