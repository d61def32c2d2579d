"""What no line of a page breaks."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from services.notifications.composing.unbroken import unbroken

OPEN = '<span style="white-space:nowrap">'


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("เป็นวันอังคารที่ 15 ธันวาคม 2569 (ช้าลง 9 วันทำการ)", ["วันอังคารที่ 15 ธันวาคม 2569", "(ช้าลง 9 วันทำการ)"]),
        ("on Monday 7 December 2026, 5 working days early", ["7 December 2026"]),
        ("ภายใน 18 ธ.ค. 2569", ["18 ธ.ค. 2569"]),
        ("by 18 Dec 2026", ["18 Dec 2026"]),
        ("ทุกวัน เวลา 12.00 น.", ["12.00 น."]),
        ("every day at 12:00.", ["12:00"]),
        ("โทร. 0 5300 0000", ["0 5300 0000"]),
        ("tel. 081-234-5678", ["081-234-5678"]),
        ("ไม่มีวันที่ 1,234,567.50 บาท", []),
        ("(" + "ยาว" * 20 + ")", []),
    ],
)
def test_a_date_an_hour_a_number_stays_in_one_line(text: str, kept: list[str]) -> None:
    """Thai and English alike; brackets only as far as a phone shows them in one line."""
    marked = unbroken(text)
    assert [piece.split("</span>")[0] for piece in marked.split(OPEN)[1:]] == kept


def test_what_somebody_wrote_is_escaped_and_markup_is_left_alone() -> None:
    """A text becomes markup once."""
    assert unbroken("<b>(1 & 2)</b>") == "&lt;b&gt;" + OPEN + "(1 &amp; 2)</span>&lt;/b&gt;"
    assert unbroken(Markup("<b>0 5300 0000</b>")) == "<b>0 5300 0000</b>"
    assert unbroken(7) == 7
