"""The outcome of an alert: a partition, and the sentence about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import services.projects
from services.projects.application.wording import STATES, sentences
from services.projects.domain.outcomes import Audience, Count, Outcome, outcome
from shared.contracts.notifications import DELIVERY_STATES
from shared.contracts.partners import LEFT_OUT
from shared.i18n import SHARED_LOCALE, Catalogue

WORDS = Catalogue(SHARED_LOCALE, Path(services.projects.__file__).parent / "locale")
COUNTS = st.builds(
    Count, st.sampled_from(DELIVERY_STATES), st.sampled_from((None, "erased")), st.integers(1, 25)
)
DISPATCHES = st.lists(st.lists(COUNTS, max_size=4), max_size=5)


@given(dispatches=DISPATCHES, relevant=st.integers(0, 600))
def test_every_relevant_contact_stands_in_exactly_one_count(
    dispatches: list[list[Count]], relevant: int
) -> None:
    """relevant + surplus = sum of counts + waiting, with at most one of surplus and waiting."""
    found = outcome(Audience(relevant, {}), dispatches)
    assert found.waiting is not None
    assert relevant + found.surplus == sum(count.count for count in found.counts) + found.waiting
    assert 0 in (found.surplus, found.waiting)
    assert len({(count.state, count.why) for count in found.counts}) == len(found.counts)


@given(dispatches=DISPATCHES)
def test_the_order_of_dispatches_makes_no_difference(dispatches: list[list[Count]]) -> None:
    assert outcome(None, dispatches) == outcome(None, reversed(dispatches))


def test_the_sentence_is_the_one_of_the_glossary() -> None:
    """Never "received", never "read"."""
    found = outcome(Audience(14, {}), [[Count("accepted", None, 11), Count("bounced", None, 1)],
                                       [Count("by_hand", None, 2)]])  # fmt: skip
    assert sentences(WORDS, found) == {
        "th": "เกี่ยวข้อง 14 ราย: ส่งถึงระบบอีเมลปลายทางแล้ว 11 · ตีกลับ 1 · แจ้งด้วยตนเอง 2",
        "en": "14 concerned: accepted by their mail server 11 · bounced 1 · to be told by hand 2",
    }


def test_who_waits_for_a_digest_is_named_with_its_day() -> None:
    """The same day of a daily and a weekly digest is one part of the sentence."""
    counts = [
        Count("in_digest", "weekly/2026-11-26T12:00", 1),
        Count("in_digest", "daily/2026-11-26T08:00", 2),
        Count("in_digest", "daily/2026-11-24T08:00", 1),
        Count("in_digest", "next month", 1),
    ]

    sentence = sentences(WORDS, Outcome(5, tuple(counts), 0, 0, {}))["th"]

    assert sentence == "เกี่ยวข้อง 5 ราย: รอสรุป 1 · รอสรุปวันอังคาร 1 · รอสรุปวันพฤหัสบดี 3"


@pytest.mark.parametrize("state", DELIVERY_STATES)
def test_every_state_has_its_words(state: str) -> None:
    assert state in STATES
    found = outcome(Audience(1, {}), [[Count(state, None, 1)]])
    for language, sentence in sentences(WORDS, found).items():
        assert "outcome." not in sentence, language
        assert "1" in sentence


def test_every_cause_of_being_left_out_has_its_words() -> None:
    found = Outcome(0, (), 0, 0, dict.fromkeys(LEFT_OUT, 1))
    for sentence in sentences(WORDS, found).values():
        assert "outcome." not in sentence


def test_an_unknown_cause_falls_back_to_its_state() -> None:
    """A cause that notifications invents tomorrow is still a sentence today."""
    found = outcome(Audience(1, {}), [[Count("suppressed", "moon_phase", 1)]])
    assert "งดส่ง 1" in sentences(WORDS, found)["th"]
