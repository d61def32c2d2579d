"""Fields of this service: Thai fiscal years, and evidence in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from shared.http.fields import BilingualParagraph
from shared.http.messages import wrong
from shared.http.strict import WholeNumber

BUDDHIST_ERA = 543
FIRST_FISCAL_YEAR, LAST_FISCAL_YEAR = 2540, 2643  # 1997 to 2100
_A_LINK = re.compile(r"[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:", re.IGNORECASE)


class FiscalYear(WholeNumber):
    """A Thai fiscal year, Buddhist era: 2570 is October 2026 to September 2027."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        year = super()._deserialize(value, attr, data, **kwargs)
        if FIRST_FISCAL_YEAR <= year + BUDDHIST_ERA <= LAST_FISCAL_YEAR:
            raise wrong("gregorian-fiscal-year", given=year, meant=year + BUDDHIST_ERA)
        if not FIRST_FISCAL_YEAR <= year <= LAST_FISCAL_YEAR:
            raise wrong("out-of-range", min=FIRST_FISCAL_YEAR, max=LAST_FISCAL_YEAR)
        return year


class Evidence(BilingualParagraph):
    """What documents and pictures there are, in words: never an address to click on."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, *args, **kwargs)
        linked = {
            language: wrong("link").messages
            for language, words in text.items()
            if words and _A_LINK.search(words)
        }
        if linked:
            raise ValidationError(linked)
        return text
