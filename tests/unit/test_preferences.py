"""How somebody wants to be told, and when the digest goes that this asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import BANGKOK
from shared.contracts.facets import ROLES
from shared.preferences import (
    CROWDS,
    DAILY,
    IMMEDIATE,
    MODES,
    NEVER,
    WAYS,
    WEEKDAYS,
    WEEKLY,
    Preferences,
    Way,
    choosing,
    document_of,
    preferences_of,
    way_of,
)

NOTHING_SAID = Preferences()
NOON_THURSDAY = Way(WEEKLY, 3, 12)


def reason(code: str = "sponsor", *kinds: str) -> dict[str, Any]:
    return {"code": code, "kinds": list(kinds or ("csr_donor",))}


def bangkok(*when: int) -> datetime:
    return datetime(*when, tzinfo=BANGKOK)  # type: ignore[arg-type,misc]  # year, month, day, hour, minute


@pytest.mark.parametrize("code", [*ROLES, "jppcc", "subscriber", "told_before"])
def test_without_a_choice_milestones_are_told_at_once(code: str) -> None:
    """Within seconds, whoever it is but the media."""
    assert way_of(NOTHING_SAID, "milestone.reached", [reason(code)]).how == IMMEDIATE


def test_media_have_a_digest_on_thursday_at_noon() -> None:
    """Unless they were told at once by law of the table, or have a role besides."""
    media = [reason("subscriber", "media")]

    assert way_of(NOTHING_SAID, "milestone.reached", media) == NOON_THURSDAY
    assert way_of(NOTHING_SAID, "milestone.corrected", media).how == IMMEDIATE
    assert way_of(NOTHING_SAID, "milestone.reached", [*media, reason("sponsor")]).how == IMMEDIATE
    assert way_of(NOTHING_SAID, "milestone.reached", [reason("subscriber", "media", "academia")]).how == (
        IMMEDIATE
    )


@pytest.mark.parametrize("event", ["indicator.measured", "project.started", "project.completed"])
@pytest.mark.parametrize("mode", [None, *MODES])
def test_measurements_and_projects_are_told_in_digests_only(event: str, mode: str | None) -> None:
    """Whatever was chosen for milestones."""
    assert way_of(Preferences(mode), event, [reason()]).how in (DAILY, WEEKLY)


@pytest.mark.parametrize("event", ["milestone.cancelled", "milestone.corrected", "milestone.overdue", "x"])
def test_what_cannot_wait_waits_for_no_digest(event: str) -> None:
    """Also an event that this version does not know."""
    assert way_of(Preferences(WEEKLY, {event: WEEKLY}), event, [reason()]).how == IMMEDIATE


@pytest.mark.parametrize("event", sorted(CROWDS))
@pytest.mark.parametrize("mode", [None, *MODES])
def test_a_crowd_waits_for_the_next_morning_whatever_was_chosen(event: str, mode: str | None) -> None:
    """Nobody gets a hundred mails at half past eight."""
    chosen = Preferences(mode, {event: NEVER}, None, 7)
    assert way_of(chosen, event, [reason("coordinator")]) == Way(DAILY, 0, 7)
    assert way_of(Preferences(), event, [reason("coordinator")]).how == DAILY


def test_who_works_on_it_has_its_digest_each_morning() -> None:
    """An implementer and the province's own; everybody else on Friday."""
    assert way_of(NOTHING_SAID, "indicator.measured", [reason("implementer")]) == Way(DAILY, 0, 8)
    assert way_of(NOTHING_SAID, "indicator.measured", [reason("sponsor")]) == Way(WEEKLY, 4, 9)


def test_one_kind_of_news_may_come_otherwise_than_the_rest() -> None:
    """A choice for an event comes before the choice for all."""
    chosen = Preferences(WEEKLY, {"milestone.reached": IMMEDIATE, "indicator.measured": NEVER}, 0, 7)

    assert way_of(chosen, "milestone.reached", [reason()]).how == IMMEDIATE
    assert way_of(chosen, "milestone.rescheduled", [reason()]) == Way(WEEKLY, 0, 7)
    assert way_of(chosen, "indicator.measured", [reason()]).how == NEVER


@pytest.mark.parametrize(
    ("after", "slot"),
    [
        (bangkok(2026, 11, 26, 11, 59), bangkok(2026, 11, 26, 12)),
        (bangkok(2026, 11, 26, 12), bangkok(2026, 12, 3, 12)),
        (bangkok(2026, 11, 26, 12, 1), bangkok(2026, 12, 3, 12)),
        (bangkok(2026, 12, 31, 12), bangkok(2027, 1, 7, 12)),
        (bangkok(2028, 2, 24, 13), bangkok(2028, 3, 2, 12)),
        (bangkok(2027, 4, 13, 0), bangkok(2027, 4, 15, 12)),
    ],
    ids=["just before", "at noon", "just after", "over new year", "over 29 February", "in Songkran"],
)
def test_the_next_weekly_digest(after: datetime, slot: datetime) -> None:
    """Thursday noon in Lamphun, the first one that is still to come."""
    assert NOON_THURSDAY.next_slot(after) == slot


def test_the_next_daily_digest() -> None:
    """At its hour, today or tomorrow; UTC's day does not matter."""
    way = Way(DAILY, 0, 6)

    assert way.next_slot(datetime(2026, 11, 22, 22, 59, tzinfo=UTC)) == bangkok(2026, 11, 23, 6)
    assert way.next_slot(datetime(2026, 11, 22, 23, 0, tzinfo=UTC)) == bangkok(2026, 11, 24, 6)


@given(
    after=st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
    way=st.builds(Way, st.sampled_from([DAILY, WEEKLY]), st.integers(0, 6), st.integers(0, 23)),
)
def test_a_slot_is_the_first_of_its_hour_and_weekday(after: datetime, way: Way) -> None:
    """Never now, never later than a period from now, and recognised as a slot."""
    slot = way.next_slot(after)
    local = slot.astimezone(BANGKOK)

    assert after < slot <= after + timedelta(days=7 if way.how == WEEKLY else 1)
    assert (local.hour, local.minute) == (way.hour, 0)
    assert way.how == DAILY or local.weekday() == way.weekday
    assert way.is_slot(slot)
    assert not way.is_slot(slot + timedelta(hours=1))


@given(
    st.builds(
        Preferences,
        st.none() | st.sampled_from(MODES),
        st.fixed_dictionaries({}, optional={name: st.sampled_from(ways) for name, ways in WAYS.items()}),
        st.none() | st.integers(0, 6),
        st.none() | st.integers(0, 23),
    )
)
def test_preferences_survive_their_journey(preferences: Preferences) -> None:
    """From the record into the event and back."""
    assert preferences_of(document_of(preferences)) == preferences


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"quiet_hours": None},
        {"mode": "hourly", "events": {"milestone_reached": "sometimes", "x": "never"}, "digest": None},
        {"mode": None, "events": None, "digest": {"weekday": "someday", "hour": 24}},
        {"digest": {"weekday": None, "hour": "12"}},
    ],
)
def test_what_says_nothing_known_says_nothing(document: dict[str, Any] | None) -> None:
    """A record from before there were preferences, or from a version that knows more."""
    assert preferences_of(document) == NOTHING_SAID


def test_one_word_changes_all_news_but_what_is_not_wanted() -> None:
    """«รายสัปดาห์» by mail: day, hour and quiet hours stay."""
    before = {
        "mode": IMMEDIATE,
        "events": {"milestone_reached": DAILY, "indicator_measured": NEVER},
        "digest": {"weekday": WEEKDAYS[3], "hour": 12},
        "quiet_hours": {"start": 20, "end": 7},
    }

    assert choosing(before, WEEKLY) == {**before, "mode": WEEKLY, "events": {"indicator_measured": NEVER}}
