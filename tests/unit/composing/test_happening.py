"""What kind of news an event is, and against which day it is measured."""

from __future__ import annotations

from typing import Any

import pytest

from services.notifications.composing.happening import correction_of, kind_of
from services.notifications.composing.samples import (
    EVENTS,
    MILESTONE,
    PROJECT,
    READERS,
    SPONSOR,
    Sample,
    about,
)
from tests.unit.composing.letters import Mail, mail_of

REACHED = {"status": "reached", "reached_on": "2026-11-23"}


def _mail(event: dict[str, Any], language: str = "th") -> Mail:
    return mail_of(Sample("x", event, (SPONSOR,), READERS), language)


@pytest.mark.parametrize("kind", EVENTS)
def test_a_rescheduling_is_later_or_earlier_and_the_others_are_what_they_are(kind: str) -> None:
    """By the due dates before and after."""
    assert kind_of(EVENTS[kind]) == kind


@pytest.mark.parametrize(
    ("reached_on", "words"),
    [
        ("2026-11-23", "เร็วกว่าแผน 5 วันทำการ"),
        ("2026-11-27", "เร็วกว่าแผน 1 วันทำการ"),
        ("2026-11-30", "ตรงตามแผน"),
        ("2026-12-01", "ช้ากว่าแผน 1 วันทำการ"),
        ("2026-12-08", "ช้ากว่าแผน 5 วันทำการ"),  # 7 December 2026 is in lieu of the King's Birthday
    ],
)
def test_early_and_late_are_counted_in_thai_working_days(reached_on: str, words: str) -> None:
    """Against Monday 30 November 2026, by the holidays package's table for 2026."""
    event = about("reached", {"status": "reached", "reached_on": reached_on}, {})
    assert words in _mail(event).text


def test_one_working_day_is_one_day_in_english() -> None:
    """Not "1 working days"."""
    event = about("reached", {"status": "reached", "reached_on": "2026-11-27"}, {})
    assert "1 working day ahead of plan" in _mail(event, "en").text


def test_a_weekend_is_neither_early_nor_late() -> None:
    """Due on a Sunday, reached on the Saturday before: as planned."""
    event = about("reached", {"status": "reached", "reached_on": "2026-11-28", "due_date": "2026-11-29"}, {})
    assert "ตรงตามแผน" in _mail(event).text


def test_a_rescheduling_over_a_weekend_says_so() -> None:
    """From Saturday to Sunday there is no working day."""
    event = about("rescheduled", {"due_date": "2026-11-29"}, {"due_date": "2026-11-28"})
    assert "(ไม่มีวันทำการคั่น)" in _mail(event).text


@pytest.mark.parametrize(
    ("before", "now", "what", "words"),
    [
        ({}, REACHED, "reached", "แล้วเสร็จเมื่อวันจันทร์ที่ 23 พฤศจิกายน 2569"),
        (REACHED, {}, "not_reached", "ยังไม่แล้วเสร็จ กำหนดแล้วเสร็จวันจันทร์ที่ 30 พฤศจิกายน 2569"),
        ({"due_date": "2026-12-01"}, {}, "due", "กำหนดแล้วเสร็จวันจันทร์ที่ 30 พฤศจิกายน 2569"),
        ({}, {"status": "cancelled"}, "cancelled", "ข้อมูลที่ถูกต้องคือ ยกเลิกแล้ว"),
        ({"status": "cancelled"}, {}, "", "โปรดใช้ข้อมูลในอีเมลนี้แทน"),
        ({"title": {"th": "ชื่อผิด"}}, {}, "", "โปรดใช้ข้อมูลในอีเมลนี้แทน"),
        (REACHED, {**REACHED, "note": {"th": "x"}}, "", "โปรดใช้ข้อมูลในอีเมลนี้แทน"),
    ],
)
def test_a_correction_says_what_is_right_now(
    before: dict[str, Any], now: dict[str, Any], what: str, words: str
) -> None:
    """In its first sentence, where it is something a reader acts on."""
    event = about("corrected", now, before)
    assert correction_of(event["data"]) == what
    assert words in _mail(event).text


def test_a_correction_without_a_before_lists_nothing() -> None:
    """A contract allows it; the mail still says what holds."""
    event = about("corrected", REACHED, None)
    assert "ที่แจ้งไว้:" not in _mail(event).text
    assert "โปรดใช้ข้อมูลในอีเมลนี้แทน" in _mail(event).text


def test_a_report_without_a_day_is_dated_by_its_own() -> None:
    """The evening of 22 November in UTC is the 23rd in Bangkok."""
    event = about("reached", {"status": "reached", "reached_on": None}, {})
    event["time"] = "2026-11-22T20:00:00.000Z"
    assert "แล้วเสร็จเมื่อวันจันทร์ที่ 23 พฤศจิกายน 2569" in _mail(event).text


@pytest.mark.parametrize(
    ("following", "progress", "words"),
    [
        (None, {"milestones": 5, "reached": 5}, "โครงการนี้แล้วเสร็จครบทุกขั้นตอนสำคัญแล้ว"),
        (None, {"milestones": 5, "reached": 3}, "ยังไม่มีขั้นตอนสำคัญถัดไปในแผน"),
        (None, {"milestones": 0, "reached": 0}, "ยังไม่มีขั้นตอนสำคัญถัดไปในแผน"),
        (
            {"id": MILESTONE["id"], "title": {"th": "x"}, "due_date": "2026-12-15"},
            {"milestones": 5, "reached": 3},
            "ดำเนินการขั้นตอนนี้ให้แล้วเสร็จภายในวันอังคารที่ 15 ธันวาคม 2569",
        ),
    ],
)
def test_what_comes_next_is_always_said(following: Any, progress: dict[str, int], words: str) -> None:
    """A next milestone, this one itself, none, or that all is done."""
    event = about("rescheduled", {"due_date": "2026-12-15"}, {}, next=following)
    event["data"]["project"] = {**PROJECT, "progress": progress}
    assert f"ขั้นต่อไป: {words}" in _mail(event).text


def test_many_results_are_listed_and_too_many_summed_up() -> None:
    """Up to three in one line, up to twelve in a list."""
    result = EVENTS["reached"]["data"]["results"][0]
    event = about("reached", REACHED, {}, results=[result] * 20)
    text = _mail(event).text
    assert text.count("\n- จัดอบรม 50 จาก 50 ครั้ง") == 12
    assert "\n- และอีก 8 รายการ\n" in text
