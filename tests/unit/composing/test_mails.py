"""Each mail as a whole: its words, its order, its subject, the same facts in text and HTML."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import regex

from services.notifications.composing import Office
from services.notifications.composing.happening import tone_of
from services.notifications.composing.letter import REMINDERS
from services.notifications.composing.samples import EVENTS, READERS, SPONSOR, Sample, samples
from tests.unit.composing.letters import GOLDEN, MAILS, NAMES, golden_of, mail_of

SAMPLES = {sample.name: sample for sample in samples()}
every_mail = pytest.mark.parametrize(("sample", "language"), MAILS, ids=NAMES)

# What the outcome is called, and where a rescheduling says to which day.
OUTCOMES = {
    ("reached", "th"): "แล้วเสร็จ",
    ("reached", "en"): "Reached",
    ("later", "th"): "เลื่อนกำหนดเป็น 15 ธ.ค. 2569",
    ("later", "en"): "Rescheduled to 15 Dec 2026",
    ("earlier", "th"): "ปรับให้เร็วขึ้นเป็น 25 พ.ย. 2569",
    ("earlier", "en"): "Brought forward to 25 Nov 2026",
    ("cancelled", "th"): "ยกเลิก",
    ("cancelled", "en"): "Cancelled",
    ("corrected", "th"): "แจ้งแก้ไข แล้วเสร็จ 24 พ.ย. 2569",
    ("corrected", "en"): "Correction, reached 24 Nov 2026",
    ("due_soon", "th"): "ใกล้ครบกำหนด 30 พ.ย. 2569",
    ("due_soon", "en"): "Due soon, 30 Nov 2026",
    ("overdue", "th"): "ครบกำหนดแล้ว ยังไม่ได้รับรายงานผล",
    ("overdue", "en"): "Due, not yet reported",
}


@every_mail
def test_a_mail_says_word_for_word_what_was_agreed(sample: Sample, language: str) -> None:
    """A change of any word shows up as a difference that somebody has to look at."""
    golden = (GOLDEN / f"{sample.name}-{language}.txt").read_text(encoding="utf-8")
    assert golden_of(sample, language) == golden


@every_mail
def test_the_outcome_stands_within_the_first_35_characters_of_the_subject(
    sample: Sample, language: str
) -> None:
    """A telephone shows about 35 characters of a subject: the outcome is always among them."""
    kind = sample.name.removesuffix("-overfull")
    subject = mail_of(sample, language).subject
    assert OUTCOMES[tone_of(kind), language] in subject[:35]


@every_mail
def test_a_subject_is_one_line_of_bounded_length(sample: Sample, language: str) -> None:
    """However long a title is, and whatever is in it."""
    subject = mail_of(sample, language).subject
    assert len(regex.findall(r"\X", subject)) <= 112  # 110, and two isolates round a right-to-left title
    assert subject.isprintable() or "\u2068" in subject
    assert not re.search(r"[\r\n\x00-\x1f\x7f]", subject)


@every_mail
def test_text_and_html_say_the_same(sample: Sample, language: str) -> None:
    """Every word of the text version stands in the HTML version too, in the same order."""
    # Given
    mail = mail_of(sample, language)
    seen = mail.visible()
    # When
    missing = [word for word in _words(mail.text) if word not in seen]
    # Then
    assert missing == []


def _words(text: str) -> list[str]:
    pieces = re.split(r"\s+|: | · ", text.replace("\n- ", "\n"))
    return [piece.rstrip(":") for piece in pieces if piece.rstrip(":")]


@pytest.mark.parametrize("kind", [kind for kind in EVENTS if tone_of(kind) not in REMINDERS])
def test_an_alert_keeps_the_agreed_order(kind: str) -> None:
    """What happened, project, progress, own part, what comes next, why, how to change it, who signs."""
    text = mail_of(SAMPLES[kind], "th").text
    order = [
        "เรียน คุณกมลวรรณ ใจงาม ผู้จัดการฝ่าย CSR บริษัท ตัวอย่างลำพูน จำกัด",
        "จังหวัดลำพูนขอ",
        "โครงการ: ลำพูนจังหวัดสะอาด (แผนงานลำพูน ECO TOWN)",
        "ผลถึงวันนี้: จัดอบรม 50 จาก 50 ครั้ง · ครอบคลุม 51 จาก 51 ตำบล",
        "ส่วนที่ท่านสนับสนุน: แล้วเสร็จ 10 จาก 10 ครั้ง",
        "ขั้นต่อไป: สำรวจครัวเรือนที่คัดแยกขยะ กำหนดแล้วเสร็จวันศุกร์ที่ 18 ธันวาคม 2569",
        "เหตุที่ท่านได้รับอีเมลนี้: บริษัทของท่านเป็นผู้สนับสนุนโครงการนี้",
        "เปลี่ยนหรือหยุดรับ: ตอบกลับด้วยคำว่า «รายสัปดาห์» หรือ «หยุด» หรือโทรแจ้งผู้ประสานงาน",
        "จึงเรียนมาเพื่อโปรดทราบ",
        "พิมพ์ใจ ตัวอย่าง ผู้ประสานงานโครงการ\nสำนักงานจังหวัดลำพูน โทร. 0 5300 0000",
        "แจ้งเพื่อทราบ ไม่ใช้แทนหนังสือราชการ อีเมลนี้ไม่มีลิงก์หรือไฟล์แนบ และจะไม่ขอรหัสผ่าน เลขบัตรประชาชน หรือให้โอนเงิน",
        "เลขอ้างอิง LPN-",
    ]
    places = [text.find(part) for part in order]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("kind", "why", "action"),
    [
        ("due_soon", "บริษัทของท่านเป็นผู้ร่วมดำเนินงานในโครงการนี้", "โปรดดำเนินการในส่วนของท่านให้ทันกำหนด"),
        ("overdue", "ท่านเป็นผู้ประสานงานของโครงการนี้", "โปรดดำเนินการในโอกาสแรก"),
        ("overdue_head", "ท่านเป็นหัวหน้าที่กำกับดูแลโครงการนี้", "โปรดสอบถามผู้ประสานงาน"),
        ("overdue_secretariat", "ท่านอยู่ในฝ่ายเลขานุการของโครงการนี้", "โปรดช่วยติดตามกับผู้ประสานงาน"),
        ("overdue_weekly", "ท่านเป็นผู้ประสานงานของโครงการนี้", "โปรดดำเนินการในโอกาสแรก"),
    ],
)
def test_what_time_makes_keeps_the_same_order(kind: str, why: str, action: str) -> None:
    """And says to each of those whom it escalates to what they are asked for, and that it ends by itself."""
    text = mail_of(SAMPLES[kind], "th").text
    order = [
        "จังหวัดลำพูนขอเรียนว่า ขั้นตอนสำคัญ",
        "กำหนดตามแผน: วันจันทร์ที่ 30 พฤศจิกายน 2569",
        "โครงการ: ลำพูนจังหวัดสะอาด (แผนงานลำพูน ECO TOWN)",
        "ขั้นต่อไป: ",
        action,
        f"เหตุที่ท่านได้รับอีเมลนี้: {why}",
        "เปลี่ยนหรือหยุดรับ: การแจ้งเรื่องนี้จะหยุดเองเมื่อมีรายงานผล",
        "จึงเรียนมาเพื่อโปรด",
        "พิมพ์ใจ ตัวอย่าง ผู้ประสานงานโครงการ\nสำนักงานจังหวัดลำพูน โทร. 0 5300 0000",
        "เลขอ้างอิง LPN-",
    ]
    places = [text.find(part) for part in order]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("due_date", "left"),
    [
        ("2026-11-23", "ครบกำหนดวันนี้"),
        ("2026-11-24", "เหลือ 1 วันทำการ"),
        ("2026-12-08", "เหลือ 10 วันทำการ"),  # the 7th is in lieu of the 5th, in the table for 2026
    ],
)
def test_a_warning_counts_the_working_days_that_are_left(due_date: str, left: str) -> None:
    """From Monday 23 November 2026, over weekends and holidays."""
    event = EVENTS["due_soon"]
    milestone = {**event["data"]["milestone"], "due_date": due_date}
    sooner = {**event, "data": {**event["data"], "milestone": milestone}}
    assert f"({left})" in mail_of(replace(SAMPLES["due_soon"], about=sooner), "th").text


def test_a_day_off_that_is_the_due_date_leaves_no_working_day() -> None:
    """Told on Friday that Sunday is the day."""
    event = EVENTS["due_soon"]
    milestone = {**event["data"]["milestone"], "due_date": "2026-11-29"}
    friday = {**event, "time": "2026-11-27T01:30:00.000Z", "data": {**event["data"], "milestone": milestone}}
    mail = mail_of(replace(SAMPLES["due_soon"], about=friday), "th")
    assert "(ไม่มีวันทำการเหลือก่อนครบกำหนด)" in mail.text


def test_what_is_overdue_is_never_called_late() -> None:
    """Nobody has said that it is: it was due, and no report has come."""
    for kind in ("overdue", "overdue_head", "overdue_secretariat", "overdue_weekly"):
        for language in ("th", "en"):
            mail = mail_of(SAMPLES[kind], language)
            assert not re.search(
                "ล่าช้า|ช้ากว่า|\\blate\\b|delay|behind", mail.subject + mail.text, re.IGNORECASE
            )


def test_a_reached_milestone_says_when_and_how_early_in_working_days() -> None:
    """Monday 23 November 2026 for Monday 30: five Thai working days early."""
    mail = mail_of(SAMPLES["reached"], "th")
    assert "แล้วเสร็จเมื่อวันจันทร์ที่ 23 พฤศจิกายน 2569 เร็วกว่าแผน 5 วันทำการ" in mail.text
    assert "ขณะนี้ท่านไม่ต้องดำเนินการใด" in mail.text


def test_a_rescheduling_says_from_when_to_when_how_many_working_days_and_why() -> None:
    """Later is «เลื่อนกำหนด»; nine working days, since 7 and 10 December 2026 are holidays."""
    text = mail_of(SAMPLES["later"], "th").text
    assert "เลื่อนกำหนดแล้วเสร็จจากวันจันทร์ที่ 30 พฤศจิกายน 2569 เป็นวันอังคารที่ 15 ธันวาคม 2569" in text
    assert "(ช้าลง 9 วันทำการ)" in text
    assert "เหตุผล: ขยายเวลาให้ตำบลที่ประสบน้ำท่วมจัดอบรมได้ครบ" in text


def test_bringing_forward_is_not_called_a_delay() -> None:
    """Earlier is «ปรับให้เร็วขึ้น»: เลื่อน alone reads as later."""
    mail = mail_of(SAMPLES["earlier"], "th")
    assert "ปรับให้เร็วขึ้น" in mail.subject
    assert "เร็วขึ้น 3 วันทำการ" in mail.text
    assert "เลื่อน" not in mail.subject + mail.text + mail.html


def test_a_cancellation_gives_its_reason() -> None:
    """And the day for which the milestone had been planned."""
    text = mail_of(SAMPLES["cancelled"], "en").text
    assert "which was due on Monday 30 November 2026, has been cancelled" in text
    assert "Reason: Merged into the next fiscal year's project" in text


def test_a_correction_says_what_was_said_what_is_right_and_why() -> None:
    """In both languages of a reader."""
    thai = mail_of(SAMPLES["corrected"], "th").text
    assert "- ที่แจ้งไว้: วันจันทร์ที่ 23 พฤศจิกายน 2569\n- ที่ถูกต้อง: วันอังคารที่ 24 พฤศจิกายน 2569" in thai
    english = mail_of(SAMPLES["corrected"], "en").text
    assert "- We said: Monday 23 November 2026\n- Correct: Tuesday 24 November 2026" in english
    assert "Reason: The date was recorded wrongly" in english


def test_a_reader_without_a_pledge_sees_no_part_of_their_own() -> None:
    """The whole line, and the whole row of the table, are gone."""
    advisor = {**SPONSOR, "code": "advisor", "pledge": None}
    mail = mail_of(Sample("advisor", EVENTS["reached"], (advisor,), READERS), "th")
    assert "ส่วนที่ท่าน" not in mail.text + mail.html
    assert "\n\n\n" not in mail.text
    assert mail.html.count('scope="row"') == mail_of(SAMPLES["reached"], "th").html.count('scope="row"') - 1


def test_a_missing_english_title_is_replaced_by_the_thai_one() -> None:
    """An English reader is told in Thai rather than not at all."""
    event = EVENTS["reached"]
    milestone = {**event["data"]["milestone"], "title": {"th": "อบรมคัดแยกขยะ", "en": None}}
    only_thai = {**event, "data": {**event["data"], "milestone": milestone}}
    mail = mail_of(replace(SAMPLES["reached"], about=only_thai), "en")
    assert mail.subject == "Reached: อบรมคัดแยกขยะ"
    assert "the milestone “อบรมคัดแยกขยะ” was reached on Monday 23 November 2026" in mail.text


def test_the_same_event_and_reader_give_the_same_mail() -> None:
    """A mail that is resent is the one that was sent."""
    assert mail_of(SAMPLES["later"], "th") == mail_of(SAMPLES["later"], "th")


def test_no_date_for_thai_readers_is_gregorian() -> None:
    """Buddhist era in Thai, Gregorian in English, Arabic digits in both."""
    for kind in EVENTS:
        assert not re.search(r"20\d\d", mail_of(SAMPLES[kind], "th").text)
        assert not re.search(r"25\d\d", mail_of(SAMPLES[kind], "en").text)
        assert not re.search("[๐-๙]", mail_of(SAMPLES[kind], "th").text)


def test_only_an_office_that_may_send_links_names_its_portal() -> None:
    """MAIL_LINKS=on adds the address and no longer says that there is no link."""
    linked = mail_of(SAMPLES["reached"], "en", Office(links=True, portal="https://prasan.example.org"))
    assert "set it at https://prasan.example.org yourself" in linked.text
    assert "no link" not in linked.text
    unlinked = mail_of(SAMPLES["reached"], "en", Office(links=False, portal="https://prasan.example.org"))
    assert "example.org" not in unlinked.text + unlinked.html
