"""Invented alerts and readers, plain and overfull: for the gallery and the tests to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.notifications.composing.person import Person

Text = Mapping[str, str]
Data = Mapping[str, Any]
Readers = Mapping[str, Person]  # by language: names are known in the reader's own


@dataclass(frozen=True)
class Sample:
    """One event as an audience page carries it, and one reader of it."""

    name: str
    about: Data
    reasons: tuple[Data, ...]
    readers: Readers


def text(th: str, en: str | None = None) -> Text:
    return {"th": th, "en": en} if en else {"th": th}


COMPANY = text("บริษัท ตัวอย่างลำพูน จำกัด", "Example Lamphun Co., Ltd.")
_TRAININGS = text("อบรมคัดแยกขยะ 50 ครั้ง ครบทุกตำบล", "50 waste-sorting trainings, every sub-district")
SURVEY = text("สำรวจครัวเรือนที่คัดแยกขยะ", "Survey of households that sort their waste")

PROJECT: Data = {
    "id": "project-1",
    "version": 7,
    "title": text("ลำพูนจังหวัดสะอาด", "Clean Lamphun"),
    "programme": {"id": "programme-1", "title": text("ลำพูน ECO TOWN", "Lamphun ECO TOWN")},
    "facets": {"programme": "programme-1", "missions": [5], "sectors": ["environment"], "areas": ["51"]},
    "visibility": "public",
    "status": "in_progress",
    "fiscal_year": 2570,
    "agency": text("สำนักงานจังหวัดลำพูน", "Lamphun Provincial Office"),
    "coordinator": {
        "id": "coordinator-1",
        "name": text("พิมพ์ใจ ตัวอย่าง", "Pimjai Tuayang"),
        "office": text("สำนักงานจังหวัดลำพูน", "Lamphun Provincial Office"),
        "telephone": "0 5300 0000",
    },
    "progress": {"milestones": 5, "reached": 2},
}
MILESTONE: Data = {
    "id": "milestone-1",
    "version": 7,
    "title": _TRAININGS,
    "status": "in_progress",
    "due_date": "2026-11-30",
    "reached_on": None,
    "note": None,
    "historic": False,
}
_NEXT: Data = {"id": "milestone-2", "title": SURVEY, "due_date": "2026-12-18"}
_RESULTS: tuple[Data, ...] = (
    {"label": text("จัดอบรม", "Trainings held"), "value": 50, "target": 50,
     "unit": text("ครั้ง", "sessions"), "met": True},
    {"label": text("ครอบคลุม", "Covered"), "value": 51, "target": 51,
     "unit": text("ตำบล", "sub-districts"), "met": True},
)  # fmt: skip


def about(event: str, milestone: Data, before: Data | None, **more: Any) -> dict[str, Any]:
    """An event as `contracts.partners.About` carries it."""
    data = {
        "project": PROJECT,
        "milestone": {**MILESTONE, **milestone},
        "before": None if before is None else {**MILESTONE, "version": 6, **before},
        "next": _NEXT,
        "results": list(_RESULTS),
        "reason": None,
        "hold_seconds": 120,
        **more,
    }
    return {
        "id": "project-1:7",
        "type": f"projects.milestone.{event}.v1",
        "time": "2026-11-23T03:04:05.678Z",
        "version": 7,
        "data": data,
    }


def _by_time(event: str, on: str, rule: str, *steps: str) -> Data:
    """Raised when the offices opened on that day."""
    made = about(event, {}, None, hold_seconds=0, rule=rule, steps=list(steps), together=False)
    due = made["data"]["milestone"]["due_date"]
    return {**made, "id": f"milestone-1:{rule}:{due}", "time": f"{on}T01:30:00.000Z"}


_REACHED = {"status": "reached", "reached_on": "2026-11-23"}
EVENTS: Mapping[str, Data] = {
    "reached": about(
        "reached",
        {**_REACHED, "note": text(
            "จัดครบ 50 ครั้ง ครอบคลุมทั้ง 51 ตำบล มีผู้เข้าอบรมจากทุกหมู่บ้าน",
            "All 50 sessions were held in all 51 sub-districts, with people from every village.",
        )},
        {},
    ),
    "later": about(
        "rescheduled", {"due_date": "2026-12-15"}, {},
        reason=text("ขยายเวลาให้ตำบลที่ประสบน้ำท่วมจัดอบรมได้ครบ", "More time for sub-districts hit by floods"),
    ),
    "earlier": about(
        "rescheduled", {"due_date": "2026-11-25"}, {},
        reason=text("ทุกอำเภอพร้อมก่อนกำหนด", "Every district is ready early"),
    ),
    "cancelled": about(
        "cancelled", {"status": "cancelled"}, {},
        reason=text("รวมงานไว้ในโครงการปีงบประมาณถัดไป", "Merged into the next fiscal year's project"),
    ),
    "corrected": about(
        "corrected", {**_REACHED, "reached_on": "2026-11-24"}, _REACHED,
        reason=text("บันทึกวันที่คลาดเคลื่อน", "The date was recorded wrongly"),
        concerns=["project-1:6"],
    ),
    "due_soon": _by_time("due_soon", "2026-11-23", "due_7", "due_30", "due_7"),
    "overdue": _by_time("overdue", "2026-12-01", "overdue_1", "overdue_1"),
    "overdue_head": _by_time("overdue", "2026-12-08", "overdue_8", "overdue_8"),
    "overdue_secretariat": _by_time("overdue", "2026-12-15", "overdue_15", "overdue_15"),
    "overdue_weekly": _by_time("overdue", "2026-12-22", "overdue_22", "overdue_weekly"),
}  # fmt: skip

SOURCE = "ทะเบียน กรอ.จังหวัดลำพูน ปี 2569"  # of an imported contact
READER = Person("กมลวรรณ ใจงาม", "คุณ", "ผู้จัดการฝ่าย CSR", COMPANY)
READERS: Readers = {"th": READER, "en": Person("Kamonwan Jaingam", "Khun", "CSR Manager", COMPANY)}


def _province(role: str) -> Data:
    office = {"partner_id": "partner-9", "partner": PROJECT["agency"], "kinds": ["agency"], "pledge": None}
    return {**office, "code": role}


SPONSOR: Data = {
    "code": "sponsor",
    "partner_id": "partner-1",
    "partner": COMPANY,
    "kinds": ["csr_donor"],
    "pledge": {"quantity": 10, "done": 10, "unit": text("ครั้ง", "sessions")},
}

# Of what goes to no sponsor: whom it goes to.
REASONS: Mapping[str, Data] = {
    "due_soon": {**SPONSOR, "code": "implementer"},
    "overdue": _province("coordinator"),
    "overdue_head": _province("head"),
    "overdue_secretariat": _province("secretariat"),
    "overdue_weekly": _province("coordinator"),
}

_LONG_TITLE = text(
    "ฝึกอบรมเชิงปฏิบัติการเสริมสร้างความรู้ในการคัดแยกขยะมูลฝอยและของเสียอันตรายจากชุมชน <b>ครบทุกตำบล</b> "
    "ขยายผลสู่ทุกครัวเรือน ตลาดสด โรงเรียน วัด และสถานประกอบการ 👨‍👩‍👧‍👦♻️ שלום مرحبا ดูที่ https://example.org/a?b=1",
    "Workshop on sorting waste & hazardous household refuse <script>alert(1)</script> in every sub-district, "
    "extended to markets, schools, temples and factories 👨‍👩‍👧‍👦♻️ שלום مرحبا see www.example.org",
)
_LONG_PARTNER = text(
    "บริษัท อุตสาหกรรมสิ่งทอและหัตถนวัตกรรมสร้างสรรค์เพื่อการพัฒนาอย่างยั่งยืนแห่งภาคเหนือตอนบน (ประเทศไทย) จำกัด (มหาชน)",
    "Sustainable Textile and Creative Craft Industries of Upper Northern Thailand Public Company Limited",
)
_UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
_LONG_READER = Person(
    "พิริยาภรณ์นภัสสรวรรณ์ศิริกุลวัฒนเกียรติไพบูลย์ <i>ณ ลำพูน</i>",
    "ดร.",
    "รองประธานกรรมการบริหารฝ่ายความยั่งยืน สิ่งแวดล้อม ชุมชนสัมพันธ์ และกิจการเพื่อสังคม\r\nBcc: somebody",
    _LONG_PARTNER,
)
LONG_READERS: Readers = {"th": _LONG_READER, "en": _LONG_READER}
LONG_REASONS: tuple[Data, ...] = (
    {**SPONSOR, "partner": _LONG_PARTNER,
     "pledge": {"quantity": 1234567.5, "done": 765432.25, "unit": text("กิโลกรัม", "kilograms")}},
    {**SPONSOR, "code": "implementer", "partner_id": "partner-2", "partner": text(_UNBROKEN),
     "pledge": {"quantity": 12, "done": None, "unit": text("ครั้ง", "sessions")}},
    {"code": "jppcc", "partner_id": "partner-3", "partner": text("หอการค้าจังหวัดลำพูน (ตัวอย่าง)")},
    {"code": "jppcc", "partner_id": "partner-4", "partner": text("สภาอุตสาหกรรม (ตัวอย่าง) & เพื่อน")},
    {"code": "subscriber", "partner_id": "partner-1", "partner": _LONG_PARTNER,
     "facets": {"programmes": ["programme-1"], "areas": ["5101", "510112", "51"],
                "sectors": ["environment", "industry", "handicraft"], "missions": [1, 5]}},
    {"code": "told_before", "partner_id": "partner-1", "partner": _LONG_PARTNER},
    {"code": "secretariat", "partner_id": "partner-5", "partner": text("سكرتارية المقاطعة")},
)  # fmt: skip


def overfull(event: Data) -> dict[str, Any]:
    """The same event with everything that strains a layout."""
    data = event["data"]
    before = data["before"] and {**data["before"], "title": text("ชื่อเดิมที่พิมพ์ผิด", "The old name, mistyped")}
    milestone = {**data["milestone"], "title": _LONG_TITLE, "note": _LONG_TITLE}
    programme = {"id": "programme-1", "title": _LONG_PARTNER}
    long = {
        "project": {**data["project"], "title": _LONG_TITLE, "programme": programme},
        "milestone": milestone,
        "before": before,
        "next": {**_NEXT, "title": text(_UNBROKEN)},
        "results": [
            {**result, "label": label} for result in _RESULTS for label in (_LONG_PARTNER, _LONG_TITLE)
        ],
        "reason": text("ย่อหน้าแรก <u>ของเหตุผล</u>\nย่อหน้าที่สอง " + "ก" * 120, "First line\nSecond & last"),
    }
    return {**event, "data": {**data, **long}}


def samples() -> tuple[Sample, ...]:
    """Each kind of mail, normal and overfull, to somebody whom it goes to."""
    normal = tuple(
        Sample(name, event, (REASONS.get(name, SPONSOR),), READERS) for name, event in EVENTS.items()
    )
    full = (
        replace(
            s, name=f"{s.name}-overfull", about=overfull(s.about), reasons=LONG_REASONS, readers=LONG_READERS
        )
        for s in normal
    )
    return (*normal, *full)
