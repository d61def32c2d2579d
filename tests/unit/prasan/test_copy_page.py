"""The page of a person's copy: what is held about them, as a person reads it."""

from __future__ import annotations

from html import unescape

import pytest

from prasan.copies.page import render
from prasan.copies.sample import COPY


def test_what_is_held_is_said_in_words() -> None:
    """Projects by their titles, choices and dates in both languages, and of a mail what was written."""
    page = unescape(render(COPY))
    for said in (
        "ลำพูนจังหวัดสะอาด / Clean Lamphun",
        "ผู้สนับสนุน / ",
        "สรุปรายสัปดาห์ / weekly digest",
        "23 พ.ย. 2569 / 23 Nov 2026 11:00",
        "<dd>รายสัปดาห์</dd>",
    ):
        assert said in page
    assert "4Lij4Liy4Lii" not in page and "01KARM8P" not in page


def test_what_somebody_wrote_is_text() -> None:
    """A question with HTML in it."""
    page = render(COPY)
    assert "<b>ขอบคุณค่ะ" not in page and "&lt;b&gt;ขอบคุณค่ะ" in page


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "no header at all",
        "Content-Type: text/plain; charset=nonsense\n\nสวัสดี",
        "Content-Type: multipart/mixed\n\nbroken",
        "Content-Transfer-Encoding: base64\n\n%%%",
    ],
)
def test_a_mail_that_nothing_can_read_is_shown_as_it_came(raw: str) -> None:
    """The page is made whatever a stranger sent."""
    copy = {**COPY, "notifications": {**COPY["notifications"], "incoming": [{"raw": raw}]}}
    assert "</html>" in render(copy)
