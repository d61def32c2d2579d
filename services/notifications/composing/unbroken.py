"""What no line of a page may break: dates, hours, telephone numbers, a few words in brackets.

Thai has no spaces between words, and a browser that looks for a place to break takes the first syllable off
the name of a weekday.
"""

from __future__ import annotations

import re
from typing import Any

from babel.dates import get_day_names, get_month_names
from markupsafe import Markup, escape

from shared.i18n import LANGUAGES

LONGEST = 26  # characters within brackets: a phone of 320 pixels shows them in one line


def _any(names: list[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(set(names), key=len, reverse=True))


_THAI_WEEKDAYS = _any(list(get_day_names("wide", locale="th").values()))
_MONTHS = _any(
    [
        name
        for each in LANGUAGES
        for width in ("wide", "abbreviated")
        for name in get_month_names(width, locale=each).values()
    ]
)
_KEPT = re.compile(
    rf"\([ !-'*-~\u0e00-\u0e7f]{{1,{LONGEST}}}\)"
    rf"|(?:(?:{_THAI_WEEKDAYS})[^\s\d]{{0,4}} )?\b\d{{1,2}} (?:{_MONTHS}) \d{{4}}\b"
    r"|\b\d{1,2}[.:]\d{2}\b(?: [\u0e00-\u0e7f]\.)?"
    r"|\b0[\d -]{7,12}\d\b"
)


def unbroken(text: Any) -> Any:
    """A text escaped for a page, what belongs together kept in one line; markup and numbers as they are."""
    if not isinstance(text, str) or hasattr(text, "__html__"):
        return text
    return Markup(_KEPT.sub(r'<span style="white-space:nowrap">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped first
