"""What a digest says of one event."""

from __future__ import annotations

from typing import Any

import pytest

from services.notifications.composing.lines import Line, line
from services.notifications.composing.samples import EVENTS, overfull
from services.notifications.composing.wording import wording
from shared.errors import Unreadable
from shared.preferences import WAYS
from tests.contract.samples import golden

SAMPLES = golden()
THAI = wording("th")


def _about(event_type: str, **data: Any) -> dict[str, Any]:
    event = SAMPLES[event_type]
    kept = {name: event[name] for name in ("id", "type", "time", "version")}
    return {**kept, "data": {**event["data"], **data}}


def test_a_reached_milestone_is_told_as_in_the_model_digest() -> None:
    """When, against the plan, and what comes next."""
    assert line(EVENTS["reached"], THAI) == Line(
        heading="แล้วเสร็จ",
        title="อบรมคัดแยกขยะ 50 ครั้ง ครบทุกตำบล (ลำพูน ECO TOWN)",
        facts=(
            "เมื่อ 23 พ.ย. 2569 เร็วกว่าแผน 5 วันทำการ",
            "ขั้นต่อไป: สำรวจครัวเรือนที่คัดแยกขยะ ภายใน 18 ธ.ค. 2569",
        ),
        asking="สอบถาม: พิมพ์ใจ ตัวอย่าง โทร. 0 5300 0000",
    )


@pytest.mark.parametrize(
    ("kind", "heading", "fact"),
    [
        ("later", "เลื่อนกำหนด", "จาก 30 พ.ย. 2569 เป็น 15 ธ.ค. 2569 (ช้าลง 9 วันทำการ)"),
        ("earlier", "ปรับให้เร็วขึ้น", "จาก 30 พ.ย. 2569 เป็น 25 พ.ย. 2569 (เร็วขึ้น 3 วันทำการ)"),
    ],
)
def test_a_new_date_says_from_when_to_when(kind: str, heading: str, fact: str) -> None:
    """And bringing forward stands under a heading of its own."""
    found = line(EVENTS[kind], THAI)
    assert (found.heading, found.facts[0]) == (heading, fact)
    assert found.facts[1].startswith("เหตุผล: ")


def test_a_measurement_says_how_far_it_has_come() -> None:
    """The total so far, the target, the day, the areas, and of which project."""
    found = line(_about("projects.indicator.measured.v1", value=46.0), THAI)
    assert found.title == "จำนวนครั้งที่อบรม (ลำพูน ECO TOWN)"
    assert found.facts == (
        "46 ครั้ง จากค่าเป้าหมาย 50 ครั้ง ณ 23 พ.ย. 2569",
        "ครอบคลุม 7 ตำบล",
        "โครงการ: ลำพูนจังหวัดสะอาด",
    )
    bare = line(_about("projects.indicator.measured.v1", target=None, areas=[]), wording("en"))
    assert bare.facts == ("50 sessions on 23 Nov 2026", "Project: Lamphun Clean Province")


def test_a_figure_that_may_not_leave_the_service_is_not_made_up() -> None:
    """Nothing is said of it."""
    hidden = _about("projects.indicator.measured.v1", value=None, target=None, measured_on=None, areas=[])
    assert line(hidden, THAI).facts == ()


@pytest.mark.parametrize(
    ("happened", "facts"),
    [
        ("started", ("เริ่มดำเนินการแล้วเมื่อ 23 พ.ย. 2569", "ตามแผนมี 4 ขั้นตอนสำคัญ")),
        ("completed", ("เสร็จสิ้นทั้งโครงการเมื่อ 23 พ.ย. 2569", "แล้วเสร็จ 4 ขั้นตอนสำคัญ")),
    ],
)
def test_a_project_that_began_or_ended_is_told_with_its_day(happened: str, facts: tuple[str, ...]) -> None:
    """By the project's own title."""
    found = line(_about(f"projects.project.{happened}.v1"), THAI)
    assert (found.title, found.facts) == ("ลำพูนจังหวัดสะอาด (ลำพูน ECO TOWN)", facts)


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("kind", ["reached", "later", "earlier"])
def test_what_people_typed_does_no_harm_in_a_line(kind: str, language: str) -> None:
    """No link, no line break, nothing that turns round what stands beside it."""
    found = line(overfull(EVENTS[kind]), wording(language))
    for said in (found.title, *found.facts, found.asking):
        assert "example.org" not in said
        assert "\n" not in said


def test_whatever_may_come_in_a_digest_has_its_line() -> None:
    """By the ways in which contacts may choose to be told."""
    digestible = {f"projects.{name}.v1" for name, ways in WAYS.items() if "weekly" in ways}
    samples = {event["type"]: event for event in EVENTS.values()}
    for event_type in digestible:
        assert line(samples.get(event_type) or _about(event_type), THAI).title


@pytest.mark.parametrize(
    ("kind", "heading", "facts"),
    [
        ("due_soon", "ใกล้ครบกำหนด", ("กำหนดแล้วเสร็จ 30 พ.ย. 2569",)),
        (
            "overdue_head",
            "ครบกำหนดแล้ว ยังไม่ได้รับรายงานผล",
            (
                "ครบกำหนดเมื่อ 30 พ.ย. 2569",
                "ขั้นต่อไป: ผู้ประสานงานรายงานผลของขั้นตอนนี้ หรือปรับกำหนดพร้อมเหตุผล",
            ),
        ),
    ],
)
def test_one_of_a_crowd_that_time_made_has_its_line(kind: str, heading: str, facts: tuple[str, ...]) -> None:
    """When it was due, and what has to be done about it; whoever it escalates to."""
    found = line(EVENTS[kind], THAI)
    assert (found.heading, found.facts) == (heading, facts)


def test_what_is_told_in_no_digest_is_refused_with_its_cause() -> None:
    """So is what does not fit its schema."""
    with pytest.raises(Unreadable) as refused:
        line(EVENTS["cancelled"], THAI)
    assert refused.value.cause == "not-in-a-digest"
    with pytest.raises(Unreadable) as refused:
        line({**EVENTS["reached"], "data": {}}, THAI)
    assert refused.value.cause == "wrong-schema"
