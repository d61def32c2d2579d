"""Projects, milestones and indicators to begin a test with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.projects.domain.criteria import Criterion
from services.projects.domain.figures import Figure
from services.projects.domain.indicators import Indicator, Measurement
from services.projects.domain.milestones import Milestone
from services.projects.domain.projects import Coordinator, Programme, Project
from services.projects.domain.reporting import Report
from services.projects.domain.snapshots import AreaWords
from services.projects.domain.texts import Text

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # 12:00 in Bangkok
TODAY = date(2026, 11, 23)
HOLD = timedelta(minutes=2)
WORDS = AreaWords(Text("พื้นที่ที่ครอบคลุม", "Areas covered"), Text("ตำบล", "sub-districts"))

PHIMCHAI = Coordinator(
    "phimchai",
    Text("พิมพ์ใจ ตัวอย่าง", "Phimchai Tuayang"),
    Text("สำนักงานจังหวัดลำพูน", "Lamphun Provincial Office"),
    "0 5300 0000",
)
PROGRAMME = Programme("eco-town", 1, Text("ลำพูน ECO TOWN"), None, (5,), None, NOON, NOON)


def milestone(**changes: Any) -> Milestone:
    """An open milestone, due on Monday 30 November 2026."""
    plain = Milestone(
        id="training-50",
        version=2,
        title=Text("อบรมคัดแยกขยะ 50 ครั้ง ครบทุกตำบล", "50 waste-separation trainings"),
        due_date=date(2026, 11, 30),
        status="planned",
        description=None,
        criteria=(),
        historic=False,
        provenance=None,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(plain, **changes)


def project(*milestones: Milestone, **changes: Any) -> Project:
    """A public project of Phimchai's at version 2, with these milestones, or one."""
    plain = Project(
        id="clean-province",
        version=2,
        title=Text("ลำพูนจังหวัดสะอาด", "Lamphun, a clean province"),
        description=None,
        agency=Text("สำนักงานทรัพยากรธรรมชาติและสิ่งแวดล้อมจังหวัดลำพูน"),
        coordinator=PHIMCHAI,
        fiscal_year=2570,
        budget=None,
        missions=(5, 4),
        sectors=("environment",),
        areas=("51",),
        emenscr=None,
        visibility="public",
        programme_id=None,
        provenance=None,
        historic=False,
        status="in_progress",
        created_at=NOON,
        updated_at=NOON,
        milestones=milestones or (milestone(),),
    )
    return replace(plain, **changes)


def indicator(*measurements: Measurement, **changes: Any) -> Indicator:
    """Trainings: 50 wanted."""
    plain = Indicator(
        id="sessions",
        project_id="clean-province",
        version=1,
        title=Text("อบรมคัดแยกขยะ", "Waste-separation trainings"),
        unit=Text("ครั้ง", "sessions"),
        baseline=Figure(0),
        target=Figure(50),
        direction="at_least",
        public=True,
        note=None,
        provenance=None,
        created_at=NOON,
        updated_at=NOON,
        measurements=measurements,
    )
    return replace(plain, **changes)


def measurement(value: float | None, day: date = TODAY, **changes: Any) -> Measurement:
    plain = Measurement(
        id=f"{day}:{value}",
        measured_on=day,
        figure=Figure(value),
        areas=(),
        evidence=None,
        note=None,
        historic=False,
        recorded_at=NOON,
        recorded_by="phimchai",
    )
    return replace(plain, **changes)


def at_least(value: float | None = None) -> Criterion:
    return Criterion("indicator_at_least", "sessions", value)


def covering(*areas: str) -> Criterion:
    return Criterion("areas_covered", "sessions", areas=areas)


def report(**said: Any) -> Report:
    """Said by Phimchai at noon, with a hold of two minutes."""
    return Report(**{"by": "phimchai", "now": NOON, "today": TODAY, "hold": HOLD, **said})
