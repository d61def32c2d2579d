"""Digests on a real database and a real mail server, with a clock that the test owns."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.notifications.application import digesting
from services.notifications.application.editions import Editions
from services.notifications.domain import states
from services.notifications.storage.editions import EditionStore
from services.notifications.storage.restoring import Restore, RestoreNotes
from shared.calendar import BANGKOK
from shared.clock import to_timestamp
from shared.errors import Invalid, NotFound
from shared.testing.mailbox import Fault
from tests.integration.notifications.world import World
from tests.unit.notifications.scenes import NOW, PROJECT, milestone, project, reason, text

WEEKLY: dict[str, Any] = {"mode": "weekly", "events": {}, "digest": {"weekday": "thursday", "hour": 12}}
DAILY: dict[str, Any] = {"mode": "daily", "events": {}, "digest": {"weekday": None, "hour": 8}}
THURSDAY = datetime(2026, 11, 26, 12, tzinfo=BANGKOK)  # NOW is the Monday before it
NEXT_THURSDAY = THURSDAY + timedelta(days=7)
LABEL = "weekly/2026-11-26T12:00"


def of(number: int, title: str = "", **given: Any) -> dict[str, Any]:
    """The data of an event about one of several milestones."""
    named = text(title or f"ขั้นตอนที่ {number}", f"Milestone {number}")
    return {"milestone": milestone(id=f"m{number}", title=named, **given)}


def test_news_wait_for_thursday_and_come_in_one_mail(world: World) -> None:
    """Three milestones, one mail, at the hour that the contact chose; the outcome says so all the time."""
    world.know("a", preferences=WEEKLY)
    events = [world.tell("a", version=n, data=of(n)) for n in (12, 13, 14)]
    world.turn()
    assert [world.states(each)["a"] for each in events] == [(states.IN_DIGEST, LABEL)] * 3

    world.go_on_until(THURSDAY - timedelta(seconds=1))
    assert world.mailbox.messages() == []
    world.go_on_until(THURSDAY)

    (mail,) = world.mailbox.messages()
    assert mail.subject == "สรุปรายสัปดาห์ถึง 26 พ.ย. 2569: แล้วเสร็จ 3"
    assert all(f"ขั้นตอนที่ {n}" in mail.body() for n in (12, 13, 14))
    assert [world.states(each)["a"] for each in events] == [(states.ACCEPTED, None)] * 3
    outcomes = [e["data"]["outcomes"] for e in world.events() if e["data"]["event_id"] == events[0]]
    assert outcomes == [
        [{"state": "in_digest", "why": LABEL, "count": 1}],
        [{"state": "accepted", "why": None, "count": 1}],
    ]


def test_others_of_the_same_event_are_told_at_once(world: World) -> None:
    """A digest holds up nobody but its reader."""
    world.know("a", preferences=WEEKLY)
    world.know("b")
    event_id = world.tell("a", "b")

    assert world.turn() == 1
    assert world.states(event_id) == {"a": (states.IN_DIGEST, LABEL), "b": (states.ACCEPTED, None)}


def test_media_have_a_weekly_digest_without_asking(world: World) -> None:
    """Thursday noon, of what may be published; what became internal meanwhile is left out."""
    media = [reason("subscriber", "media", facets={})]
    world.know("radio")
    shown = world.tell("radio", version=12, reasons=media, data=of(12))
    hidden = world.tell(
        "radio", version=13, reasons=media, data={**of(13), "project": {**project(13), "id": "other"}}
    )
    world.turn()
    world.tell(
        version=14, kind="updated", data={**of(13), "project": {**project(14, "partners"), "id": "other"}}
    )
    world.go_on_until(THURSDAY)

    (mail,) = world.mailbox.messages()
    assert "มีเรื่องที่เผยแพร่ได้ 1 เรื่อง" in mail.body()
    assert "ทุกวันพฤหัสบดี เวลา 12.00 น." in mail.body()
    assert world.states(shown) == {"radio": (states.ACCEPTED, None)}
    assert world.states(hidden) == {"radio": (states.SUPPRESSED, "not_visible")}


def test_a_crowd_of_overdue_milestones_is_one_mail_the_next_morning(world: World) -> None:
    """Entered at once, all of them overdue: the coordinator gets one digest and not a flood; what is reported
    by then is not in it."""
    world.know("a")
    late = {"rule": "overdue_8", "steps": ["overdue_1", "overdue_8"], "together": True, "hold_seconds": 0}
    events = [
        world.tell(
            "a",
            version=100 + n,
            kind="overdue",
            reasons=[reason("coordinator")],
            data={**of(n, status="in_progress", reached_on=None, due_date="2026-11-13"), **late},
        )
        for n in range(30)
    ]
    world.turn()
    world.tell("b", version=200, data=of(3))
    tomorrow = datetime(2026, 11, 24, 8, tzinfo=BANGKOK)
    world.go_on_until(tomorrow - timedelta(seconds=1))
    assert world.mailbox.messages() == []
    world.go_on_until(tomorrow)

    (mail,) = world.mailbox.messages()
    assert mail.subject == "สรุปรายวัน 24 พ.ย. 2569: ครบกำหนดแล้ว 29"
    assert "ขั้นตอนที่ 4 " in mail.body() and "ขั้นตอนที่ 3 " not in mail.body()
    assert world.states(events[4]) == {"a": (states.ACCEPTED, None)}
    assert world.states(events[3]) == {"a": (states.SUPERSEDED, "reached")}


def test_cancelled_and_corrected_wait_for_no_digest(world: World) -> None:
    """And take what they made untrue out of it."""
    world.know("a", preferences=WEEKLY)
    reached = world.tell("a", version=12)
    world.turn()
    corrected = world.tell("a", version=13, kind="corrected", concerns=[reached])
    world.turn()
    assert world.states(corrected) == {"a": (states.ACCEPTED, None)}

    world.go_on_until(THURSDAY)
    assert len(world.mailbox.messages()) == 1
    assert world.states(reached) == {"a": (states.SUPERSEDED, "corrected")}


def test_an_empty_digest_is_not_sent(world: World) -> None:
    """All that waited was taken back."""
    world.know("a", preferences=WEEKLY)
    reached = world.tell("a", version=12)
    world.turn()
    world.tell(version=13, kind="recalled", concerns=[reached])
    world.go_on_until(THURSDAY)

    assert world.mailbox.messages() == []
    assert world.states(reached) == {"a": (states.SUPERSEDED, "recalled")}


def test_each_milestone_shows_its_newest_state_once(world: World) -> None:
    """Postponed twice, then reached: one line, and the rest is superseded."""
    world.know("a", preferences=DAILY)
    first = world.tell("a", version=12, kind="rescheduled")
    second = world.tell("a", version=13, kind="rescheduled")
    last = world.tell("a", version=14)
    world.turn()
    world.go_on_until(NOW + timedelta(days=1))

    (mail,) = world.mailbox.messages()
    assert mail.subject == "สรุปรายวัน 24 พ.ย. 2569: แล้วเสร็จ 1"
    assert world.states(first) == {"a": (states.SUPERSEDED, "reached")}
    assert world.states(second) == {"a": (states.SUPERSEDED, "reached")}
    assert world.states(last) == {"a": (states.ACCEPTED, None)}


def test_measurements_and_projects_come_in_digests_even_to_those_told_at_once(world: World) -> None:
    """The newest figure of each indicator; nobody counts their outcome."""
    world.know("a")
    world.hear_measured("a", version=2, value=40)
    world.hear_measured("a", version=3, value=50)
    world.hear_project("a", version=15)
    assert world.turn() == 0

    world.go_on_until(datetime(2026, 11, 27, 9, tzinfo=BANGKOK))  # sponsors have theirs on Friday

    (mail,) = world.mailbox.messages()
    assert "50 ครั้ง จากค่าเป้าหมาย 50 ครั้ง" in mail.body()
    assert "40 ครั้ง จาก" not in mail.body()
    assert "โครงการเสร็จสิ้น" in mail.body()
    assert world.events() == []
    assert world.states("01JINDICATOR:2") == {"a": (states.SUPERSEDED, "measured")}


def test_what_comes_after_the_digest_closed_waits_for_the_next(world: World) -> None:
    """Also what was decided just before it closed and stored just after."""
    world.know("a", preferences=WEEKLY)
    early = world.tell("a", version=12, data=of(12))
    world.turn()
    late = world.tell("a", version=13, data=of(13))
    due = world.stores.ledger.due(world.clock.now(), 10)
    lane = world.workshop.lane()
    dispatches = world.stores.ledger.claim(due, lane._new_lease())
    world.clock.set(THURSDAY)
    world.keep_digests()
    plan = lane.planner.plan(dispatches, THURSDAY - timedelta(minutes=1))
    world.settle(dispatches, plan)
    world.keep_digests()
    world.turn()
    world.keep_digests()

    assert world.states(early) == {"a": (states.ACCEPTED, None)}
    assert world.states(late) == {"a": (states.IN_DIGEST, "weekly/2026-12-03T12:00")}
    world.go_on_until(NEXT_THURSDAY)
    assert world.states(late) == {"a": (states.ACCEPTED, None)}
    assert [mail.subject[-1] for mail in world.mailbox.messages()] == ["1", "1"]


def test_an_outage_makes_one_digest_of_two(world: World) -> None:
    """Away for a fortnight: everything that waited comes in one mail."""
    world.know("a", preferences=WEEKLY)
    world.tell("a", version=12, data=of(12))
    world.turn()
    world.clock.set(THURSDAY + timedelta(minutes=1))
    world.tell("a", version=13, data=of(13))
    world.turn()
    world.go_on_until(NEXT_THURSDAY + timedelta(days=5))

    (mail,) = world.mailbox.messages()
    assert mail.subject.endswith("แล้วเสร็จ 2")
    assert "ตั้งแต่วันจันทร์ที่ 23 พฤศจิกายน 2569" in mail.body()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"preferences": {**WEEKLY, "mode": "immediate"}}, (states.ACCEPTED, None)),
        ({"preferences": {**WEEKLY, "mode": "daily"}}, (states.IN_DIGEST, "daily/2026-11-24T12:00")),
        ({"unsubscribed": True}, (states.SUPPRESSED, "unsubscribed")),
        ({"muted_projects": [PROJECT]}, (states.SUPPRESSED, "unsubscribed")),
        ({"lawful_basis": None}, (states.SUPPRESSED, "no_lawful_basis")),
        (
            {"preferences": {**WEEKLY, "events": {"milestone_reached": "never"}}},
            (states.SUPPRESSED, "not_wanted"),
        ),
        ({"language": "en", "preferences": WEEKLY}, (states.IN_DIGEST, LABEL)),
    ],
    ids=["at once", "daily", "stopped", "muted", "no basis", "never", "language"],
)
def test_a_contact_who_changes_its_mind_is_obeyed_while_news_wait(
    world: World, changed: dict[str, Any], told: tuple[str, str | None]
) -> None:
    """As soon as the change arrives, whatever the digest was going to be."""
    world.know("a", preferences=WEEKLY)
    event_id = world.tell("a")
    world.turn()
    world.know("a", version=2, **changed)
    world.turn()

    assert world.states(event_id) == {"a": told}


def test_a_contact_erased_after_the_digest_closed_is_not_told(world: World) -> None:
    """Between closing and sending, too, the newest word counts."""
    world.know("a", preferences=WEEKLY)
    event_id = world.tell("a")
    world.turn()
    world.clock.set(THURSDAY)
    world.keep_digests()
    world.hear(world.erased_event("a", 2))
    world.turn()
    world.keep_digests()

    assert world.mailbox.messages() == []
    assert world.states(event_id) == {"a": (states.SUPPRESSED, "erased")}


def test_quiet_hours_are_looked_at_when_the_digest_is_about_to_go(world: World) -> None:
    """A digest that comes late in the evening waits for the morning."""
    world.know("a", preferences=WEEKLY, quiet_hours={"start": 20, "end": 7})
    event_id = world.tell("a")
    world.turn()
    world.go_on_until(THURSDAY + timedelta(hours=9))
    assert world.mailbox.messages() == []
    assert world.states(event_id) == {"a": (states.IN_DIGEST, LABEL)}

    world.go_on_until(THURSDAY + timedelta(hours=19))
    assert len(world.mailbox.messages()) == 1
    assert world.states(event_id) == {"a": (states.ACCEPTED, None)}


def test_whoever_has_no_address_is_called_when_the_digest_is_due(world: World) -> None:
    """Each piece of news then stands on the call list."""
    world.know("a", preferences=WEEKLY, address=None)
    event_id = world.tell("a")
    world.turn()
    assert world.states(event_id) == {"a": (states.IN_DIGEST, LABEL)}

    world.go_on_until(THURSDAY)
    assert world.states(event_id) == {"a": (states.BY_HAND, "no_address")}


def test_a_digest_can_be_looked_at_as_it_was_sent(world: World) -> None:
    """Among the contact's deliveries, by its own id."""
    world.know("a", preferences=WEEKLY)
    world.tell("a")
    world.turn()
    world.go_on_until(THURSDAY)

    found = world.viewing.deliveries({"contact": "a"}, None, 10)
    assert [each["id"] for each in found] == [f"{PROJECT}:12:0:0:0", "a:26112612:0"]
    shown = world.viewing.delivery("a:26112612:0")
    (mail,) = world.mailbox.messages()
    assert shown["message"]["subject"] == mail.subject
    assert shown["message"]["text"].split("\n") == mail.body().split("\r\n")


def test_the_next_digest_can_be_seen_before_it_goes(world: World) -> None:
    """With what would be left out, and nothing of it changes anything."""
    world.know("a", preferences=WEEKLY, language="en")
    first = world.tell("a", version=12, kind="rescheduled")
    world.turn()
    world.tell("a", version=13)
    world.turn()

    seen = world.digest_viewing.next_digest("a")

    assert (seen["period"], seen["due_at"]) == ("weekly", THURSDAY)
    assert [(item["event_id"], item["left_out"]) for item in seen["items"]] == [
        (first, "reached"),
        (f"{PROJECT}:13", None),
    ]
    assert seen["message"]["subject"] == "Weekly digest to 26 Nov 2026: 1 reached"
    assert world.digest_viewing.next_digest("a") == seen
    assert world.database.digests.count_documents({}) == 0 == world.database.messages.count_documents({})


def test_whoever_waits_for_nothing_has_no_next_digest(world: World) -> None:
    """And somebody unknown or erased is not found."""
    world.know("a", preferences=WEEKLY)
    assert world.digest_viewing.next_digest("a")["due_at"] is None
    with pytest.raises(NotFound):
        world.digest_viewing.next_digest("nobody")
    world.hear(world.erased_event("a", 2))
    with pytest.raises(NotFound):
        world.digest_viewing.next_digest("a")


def test_erasure_takes_the_name_out_of_digests_that_were_sent(world: World) -> None:
    """What was said about projects stays; to whom it was said goes."""
    world.know("a", preferences=WEEKLY)
    world.tell("a")
    world.turn()
    world.go_on_until(THURSDAY)
    world.hear(world.erased_event("a", 2))

    held = str([list(world.database[name].find()) for name in world.database.list_collection_names()])
    assert "กมลวรรณ" not in held
    assert "a@example.org" not in held
    assert world.viewing.delivery("a:26112612:0")["message"] is None


def test_a_restored_system_sends_no_digest_by_itself_that_may_have_gone(world: World) -> None:
    """One that had closed when the backup was made waits for an operator."""
    world.know("a", preferences=WEEKLY)
    world.tell("a")
    world.turn()
    world.clock.set(THURSDAY)
    keeper = world.workshop.keeper(lambda: None)
    keeper._close()
    RestoreNotes(world.database).write(Restore(THURSDAY + timedelta(hours=1), 1000))
    world.go_on_until(THURSDAY + timedelta(hours=2))

    assert world.mailbox.messages() == []
    assert world.viewing.delivery("a:26112612:0")["why"] == "restored"


def test_two_keepers_make_one_digest(world: World) -> None:
    """Whoever is slower finds it closed; nothing is sent twice, nothing waits for ever."""
    world.know(*"abc", preferences=WEEKLY)
    event_id = world.tell(*"abc")
    world.turn()
    world.clock.set(THURSDAY)
    keepers = [world.workshop.keeper(lambda: None) for _ in range(2)]
    for step in ("_close", "_mark", "_send"):
        for keeper in keepers:
            getattr(keeper, step)()
    world.turn()
    for keeper in keepers:
        keeper._share()

    assert world.told() == {f"{each}@example.org": 1 for each in "abc"}
    assert set(world.states(event_id).values()) == {(states.ACCEPTED, None)}
    assert world.database.digests.count_documents({"todo": {"$exists": True}}) == 0


@pytest.mark.parametrize("where", ["digest.closed", "digest.marked", "digest.dispatched", "digest.shared"])
def test_a_keeper_that_dies_between_two_steps_loses_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Whoever comes next finds what is left to do."""

    class Killed(BaseException):
        pass

    def die(name: str) -> None:
        if name == where:
            raise Killed

    world.know(*"abc", preferences=WEEKLY)
    events = [world.tell(*"abc", version=n, data=of(n)) for n in (12, 13)]
    world.turn()
    world.clock.set(THURSDAY)
    with monkeypatch.context() as patched:
        patched.setattr(digesting, "failpoint", die)
        with pytest.raises(Killed):
            world.go_on_until(THURSDAY)
    world.go_on_until(THURSDAY + timedelta(minutes=1))

    assert world.told() == {f"{each}@example.org": 1 for each in "abc"}
    for event_id in events:
        assert set(world.states(event_id).values()) == {(states.ACCEPTED, None)}
    assert world.database.dispatches.count_documents({"marks": "digest"}) == 0


@pytest.mark.parametrize(
    ("fault", "told", "became"),
    [
        (Fault("rcpt", reply="451 4.7.1 later"), 0, (states.IN_DIGEST, LABEL)),
        (Fault("rcpt", reply="550 5.1.1 gone"), 0, (states.FAILED, "5.1.1")),
    ],
    ids=["put off", "refused"],
)
def test_what_the_mail_server_says_of_a_digest_it_says_of_its_news(
    world: World, fault: Fault, told: int, became: tuple[str, str]
) -> None:
    """A digest put off still waits; one refused for good has failed, each piece of it."""
    world.know("a", preferences=WEEKLY)
    events = [world.tell("a", version=n, data=of(n)) for n in (12, 13)]
    world.turn()
    world.mailbox.misbehave(fault)
    world.go_on_until(THURSDAY)

    assert len(world.mailbox.messages()) == told
    assert [world.states(each)["a"] for each in events] == [became] * 2


def test_a_clock_that_jumps_back_makes_no_second_digest(world: World) -> None:
    """What comes when Thursday comes again waits for the next week."""
    world.know("a", preferences=WEEKLY)
    first = world.tell("a", version=12, data=of(12))
    world.turn()
    world.go_on_until(THURSDAY)
    world.clock.set(THURSDAY - timedelta(hours=2))
    second = world.tell("a", version=13, data=of(13))
    world.turn()
    world.go_on_until(THURSDAY + timedelta(minutes=1))

    assert len(world.mailbox.messages()) == 1
    assert world.states(first) == {"a": (states.ACCEPTED, None)}
    assert world.states(second) == {"a": (states.IN_DIGEST, "weekly/2026-12-03T12:00")}


def test_the_latest_digests_are_listed_by_their_hour_with_what_became_of_them(world: World) -> None:
    """The newest first, in pages; nobody is named, and a notice about somebody's data is none of them."""
    world.know("a", "b", preferences=WEEKLY)
    world.know("c", preferences=DAILY)
    world.know("d", imported_at=to_timestamp(NOW - timedelta(days=25)), source="ทะเบียนกรอ.")
    world.tell("a", "b", version=12, data=of(12))
    world.tell("a", "c", version=13, data=of(13))
    world.turn()
    world.mailbox.misbehave(Fault("rcpt", reply="550 5.7.1 no", times=1))
    world.go_on_until(THURSDAY)

    editions = Editions(EditionStore(world.database))
    found = editions.latest(None, 10)
    assert [(each["id"], each["digests"], each["news"]) for each in found] == [
        ("weekly:2026-11-26T12:00", 2, 3),
        ("daily:2026-11-24T08:00", 1, 1),
    ]
    counts = [(each["state"], each["why"], each["count"]) for edition in found for each in edition["counts"]]
    assert sorted(counts, key=str) == [("accepted", None, 1), ("accepted", None, 1), ("failed", "5.7.1", 1)]
    assert [*editions.latest(None, 1), *editions.latest(found[0]["id"], 1)] == found
    assert editions.latest(found[1]["id"], 1) == []
    for strange in ("weekly", "weekly:tomorrow", "notice:2026-11-23T12:00", "a:26112612"):
        with pytest.raises(Invalid):
            editions.latest(strange, 1)


def test_a_digest_whose_mail_is_not_made_yet_is_pending(world: World) -> None:
    """Closed, and its keeper gone before it was put on the road."""
    world.know("a", preferences=WEEKLY)
    world.tell("a")
    world.turn()
    world.clock.set(THURSDAY)
    world.workshop.keeper(lambda: None)._close()

    (found,) = Editions(EditionStore(world.database)).latest(None, 10)
    assert found["counts"] == [{"state": states.PENDING, "why": None, "count": 1}]
