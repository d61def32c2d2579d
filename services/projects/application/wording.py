"""The sentence about an outcome: «เกี่ยวข้อง 14 ราย: ส่งถึงระบบอีเมลปลายทางแล้ว 11 · ตีกลับ 1 · …».

Never "received" or "read": nobody knows that. Every word stands in the catalogue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Protocol

from services.projects.domain.outcomes import Outcome
from services.projects.domain.snapshots import AreaWords
from services.projects.domain.texts import Text
from shared.thai import weekday

LANGUAGES = ("th", "en")
IN_DIGEST = "in_digest"  # its cause says which: weekly/2026-11-26T12:00

# The order in which a reader wants to know: what went well, what did not, what is still to come.
STATES = (
    "accepted", "bounced", "complained", "failed", "uncertain", "suppressed", "superseded", "by_hand",
    "in_digest", "held", "pending", "sending", "retry_wait",
)  # fmt: skip


class Words(Protocol):
    """shared.i18n.Catalogue"""

    def text(self, language: str, key: str, **params: Any) -> str:
        """The text under a key, with its placeholders filled."""

    def has(self, key: str) -> bool:
        """Whether there is such a text."""


def sentences(words: Words, outcome: Outcome) -> Mapping[str, str]:
    """The outcome in a sentence of each language, and who was left out in a second."""
    return {language: _sentence(words, language, outcome) for language in LANGUAGES}


def area_words(words: Words) -> AreaWords:
    """How a line of results about covered areas is called."""
    return AreaWords(_text(words, "results.areas-covered"), _text(words, "results.subdistricts"))


def _text(words: Words, key: str) -> Text:
    return Text(words.text("th", key), words.text("en", key))


def _sentence(words: Words, language: str, outcome: Outcome) -> str:
    left_out = _left_out(words, language, outcome)
    return " ".join(filter(None, (_told(words, language, outcome), left_out)))


def _told(words: Words, language: str, outcome: Outcome) -> str:
    if outcome.relevant is None:
        return words.text(language, "outcome.unknown")
    if not outcome.relevant:
        return words.text(language, "outcome.nobody")
    return words.text(
        language,
        "outcome.sentence",
        relevant=outcome.relevant,
        parts=_joined(words, language, _parts(words, language, outcome)),
    )


def _parts(words: Words, language: str, outcome: Outcome) -> Iterable[str]:
    for state in STATES:
        if state == IN_DIGEST:
            yield from _in_digests(words, language, outcome)
            continue
        for count in outcome.counts:
            if count.state == state:
                specific = f"outcome.{state}.{count.why}"
                key = specific if count.why and words.has(specific) else f"outcome.{state}"
                yield words.text(language, key, count=count.count)
    if outcome.waiting:
        yield words.text(language, "outcome.waiting", count=outcome.waiting)


def _in_digests(words: Words, language: str, outcome: Outcome) -> Iterable[str]:
    """«รอสรุปวันพฤหัสบดี 1»: by the day on which their digests go, the first one first."""
    days: Counter[str] = Counter()
    for count in outcome.counts:
        if count.state == IN_DIGEST:
            days[(count.why or "").partition("/")[2][:10]] += count.count
    for day, number in sorted(days.items()):
        try:
            named = weekday(date.fromisoformat(day), language)
        except ValueError:
            yield words.text(language, "outcome.in_digest", count=number)
        else:
            yield words.text(language, "outcome.in_digest.on", day=named, count=number)


def _left_out(words: Words, language: str, outcome: Outcome) -> str:
    if not outcome.left_out:
        return ""
    parts = [
        words.text(language, f"outcome.left_out.{why}", count=count)
        for why, count in sorted(outcome.left_out.items())
    ]
    total = sum(outcome.left_out.values())
    return words.text(language, "outcome.left_out", count=total, parts=_joined(words, language, parts))


def _joined(words: Words, language: str, parts: Iterable[str]) -> str:
    return words.text(language, "outcome.between").join(parts)
