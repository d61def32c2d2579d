"""Answers by one word are understood as people type them, and nothing else is."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.intake.domain.commands import (
    ASK,
    DAILY,
    IMMEDIATE,
    NOTED,
    RESUME,
    STOP,
    STOP_PROJECT,
    WEEKLY,
    WORDS,
    Answer,
    understood,
)
from services.notifications.intake.domain.fresh import fresh_text


@pytest.mark.parametrize(("command", "word"), [(c, w) for c, words in WORDS.items() for w in words])
def test_every_word_of_the_table_is_understood(command: str, word: str) -> None:
    """Alone, with courtesies, in quotes, in capitals."""
    for said in (
        word,
        f"«{word}»",
        word.upper(),
        f"  {word}. ",
        f"{word}ครับ" if not word.isascii() else word,
    ):
        answer = understood(said)
        assert answer is not None
        assert answer.command == command, said


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("รายสับดาห์", WEEKLY), ("รายสัปดา", WEEKLY), ("ราย สัปดาห์", WEEKLY), ("wekly", WEEKLY),
        ("weeekly", WEEKLY),
        ("รายวัณ", DAILY), ("dayly", DAILY), ("หยุต", STOP), ("หยดุ", STOP), ("Stopp", STOP),
        ("unsubscibe", STOP),
        ("ทันที่", IMMEDIATE), ("imediately", IMMEDIATE), ("รับตอ", RESUME), ("หยุดโครงการนี", STOP_PROJECT),
        ("ขอเปลี่ยนเป็นรายสัปดาห์ค่ะ", WEEKLY), ("กรุณาหยุดรับข่าวด้วยครับ", STOP),
        ("Please change to daily, thanks", DAILY),
        ("I want weekly", WEEKLY), ("หยุด\u200bค่ะ😀", STOP), ("ร\u0e32\u0e22\u0e27\u0e31\u0e19", DAILY),
        ("เรียน คุณพิมพ์ใจ\nขอรายวันครับ", DAILY), ("Dear all,\n\nstop\n\nBest regards\nSomchai", STOP),
        ("ขอบคุณมากครับ", NOTED), ("รับทราบค่ะ", NOTED),
    ],
)  # fmt: skip
def test_words_are_understood_misspelt_and_polite(said: str, command: str) -> None:
    """A finger that slips changes no meaning."""
    answer = understood(said)
    assert answer is not None
    assert answer.command == command


@pytest.mark.parametrize(
    "said",
    [
        "ไม่หยุด", "อย่าหยุด", "ไม่เอารายวัน", "don't stop", "not weekly", "never stop",
        "รายเดือน", "รายปี", "monthly", "nowadays", "หยุดงานวันไหนบ้าง", "วันประชุมเลื่อนไหมครับ",
        "stop sending this to my colleague", "daily or weekly", "รายวันหรือรายสัปดาห์", "please",
        "<script>stop</script> everything", "หยุด; DROP TABLE contacts", "stop\u202eyliad",
    ],
)  # fmt: skip
def test_whatever_is_more_or_other_than_a_word_is_a_question(said: str) -> None:
    """A person answers it; nothing is changed by guessing."""
    assert understood(said) == Answer(ASK, said)


def test_the_subject_counts_only_where_nothing_stands_below_it() -> None:
    """As telephones write it."""
    assert understood("", "หยุด") == Answer(STOP)
    assert understood("", "Re: แล้วเสร็จ: อบรม") is None
    assert understood("", "สอบถาม") is None
    assert understood("ประชุมเมื่อไร", "หยุด") == Answer(ASK, "ประชุมเมื่อไร")


def test_a_question_keeps_its_text_without_the_word() -> None:
    """«สอบถาม» above it is for us."""
    assert understood("สอบถามครับ\nประชุมเมื่อไร\nที่ไหน") == Answer(ASK, "ประชุมเมื่อไร\nที่ไหน")
    assert understood("สอบถาม") == Answer(ASK, "สอบถาม")


def test_no_two_commands_have_a_word_in_common() -> None:
    """The table says one thing only."""
    for one, other in itertools.combinations(WORDS, 2):
        assert set(WORDS[one]).isdisjoint(WORDS[other])


@settings(max_examples=50)
@given(st.text(max_size=300), st.text(max_size=60))
def test_nothing_that_people_write_is_an_error(body: str, subject: str) -> None:
    """Whatever characters it has."""
    answer = understood(fresh_text(body), subject)
    assert answer is None or answer.command in WORDS


QUOTED = "> จังหวัดลำพูนขอเรียนว่า\n> ตอบกลับด้วยคำว่า «รายสัปดาห์» หรือ «หยุด»\n"


@pytest.mark.parametrize(
    "body",
    [
        f"รายวัน\n\nOn Mon, 23 Nov 2026 at 12:00, จังหวัดลำพูน <prasan@lamphun.example.org> wrote:\n{QUOTED}",
        f"รายวัน\n\nOn Mon, 23 Nov 2026 at 12:00, a very long name of an office\n"
        f"<prasan@lamphun.example.org> wrote:\n{QUOTED}",
        f"รายวัน\n\nในวันที่ จ. 23 พ.ย. 2026 เวลา 12:00 จังหวัดลำพูน <p@lamphun.example.org> เขียนว่า:\n{QUOTED}",
        "รายวัน\n\n________________________________\nFrom: จังหวัดลำพูน\nSent: Monday\nหยุด\n",
        "รายวัน\n\n-----Original Message-----\nFrom: จังหวัดลำพูน\n\nหยุด\n",
        "รายวัน\n\nจาก: จังหวัดลำพูน\nส่ง: วันจันทร์\nถึง: กมลวรรณ\nเรื่อง: แล้วเสร็จ\n\nหยุด",
        "รายวัน\n-- \nกมลวรรณ ใจงาม\nหยุด",
        "รายวัน\n\nส่งจาก iPhone ของฉัน\n",
        "รายวัน\n\nSent from my Galaxy\n",
        f"จังหวัดลำพูน <p@lamphun.example.org> wrote:\n{QUOTED}\nรายวัน\n",
        f"{QUOTED}\nรายวัน",
        f"\n\n  รายวัน  \r\n\r\n{QUOTED}".replace("\r\n", "\n"),
    ],
)
def test_only_what_was_written_anew_counts(body: str) -> None:
    """Above or below the quoted mail, which names every command there is."""
    assert understood(fresh_text(body)) == Answer(DAILY)
