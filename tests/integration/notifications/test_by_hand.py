"""The call list: whom to tell, what to say, and that it was said, once and by whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.notifications.application.by_hand import Order, Wanted
from shared.contracts.registry import event_from_document
from shared.errors import (
    Conflict,
    IdempotencyMismatch,
    Invalid,
    NotFound,
    PreconditionFailed,
    Unavailable,
)
from tests.integration.notifications.world import World
from tests.unit.notifications.scenes import about, audience_page, members, milestone

PHIMCHAI = Order("phimchai")
BY_TELEPHONE = {"how": "telephone"}


@pytest.fixture
def somsri(world: World) -> str:
    """A delivery to a village head without an address, beside somebody who gets a mail."""
    world.know("a", address=None, name="สมศรี ใจดี", salutation="ป้า", by_hand="โทร 0 5300 0000")
    world.know("b")
    event_id = world.tell("a", "b")
    world.turn()
    assert world.states(event_id)["a"] == ("by_hand", "no_address")
    return f"{event_id}:0:0:0"


def waiting(world: World, **wanted: Any) -> list[str]:
    return [each["contact_id"] for each in world.by_hand.call_list(Wanted(**wanted), None, 50)]


def newest_counts(world: World) -> dict[str, int]:
    """state/why → count, as the milestone's outcome is told last."""
    event = event_from_document(world.events()[-1])
    return {f"{count['state']}/{count['why']}": count["count"] for count in event.data["outcomes"]}


def test_the_list_says_whom_to_ask_for_how_to_reach_them_and_what_to_say(world: World, somsri: str) -> None:
    """In both languages, plain and without a link or an address."""
    (item,) = world.by_hand.call_list(Wanted(), None, 50)

    assert (item["id"], item["name"], item["reach_by"]) == (somsri, "สมศรี ใจดี", "โทร 0 5300 0000")
    assert item["text"]["th"].startswith("เรียน ป้าสมศรี ใจดี")
    assert "แล้วเสร็จเมื่อวันจันทร์ที่ 23 พฤศจิกายน 2569" in item["text"]["th"]
    assert "23 November 2026" in item["text"]["en"]
    for text in item["text"].values():
        assert "://" not in text and "@" not in text and "<" not in text and "อีเมล" not in text
    assert item["told"] is None


def test_telling_counts_in_the_outcome_and_takes_them_off_the_list(world: World, somsri: str) -> None:
    """By whom, when and how stays on record; the mail beside it is not disturbed."""
    at = world.clock.now() - timedelta(hours=2)
    told = world.by_hand.tell(
        somsri, {**BY_TELEPHONE, "by": "กำนันแดง", "at": at, "note": "ฝากภรรยา"}, PHIMCHAI
    )

    assert told["told"] == {"by": "กำนันแดง", "at": at, "how": "telephone", "note": "ฝากภรรยา"}
    assert newest_counts(world) == {"accepted/None": 1, "by_hand/told": 1}
    assert waiting(world) == []
    assert waiting(world, told=True) == ["a"]


def test_said_twice_the_first_word_stands(world: World, somsri: str) -> None:
    """No second event, and no other name."""
    world.by_hand.tell(somsri, BY_TELEPHONE, PHIMCHAI)
    events = len(world.events())

    again = world.by_hand.tell(somsri, {"how": "line"}, Order("somebody else"))

    assert (again["told"]["by"], again["told"]["how"]) == ("phimchai", "telephone")
    assert len(world.events()) == events


def test_undone_they_stand_on_the_list_again(world: World, somsri: str) -> None:
    """Only by whoever saw the newest version."""
    told = world.by_hand.tell(somsri, BY_TELEPHONE, PHIMCHAI)
    with pytest.raises(PreconditionFailed):
        world.by_hand.undo(somsri, told["version"] + 1, PHIMCHAI)

    world.by_hand.undo(somsri, told["version"], PHIMCHAI)

    assert waiting(world) == ["a"]
    assert newest_counts(world) == {"accepted/None": 1, "by_hand/no_address": 1}
    with pytest.raises(Conflict, match="not-told-by-hand"):
        world.by_hand.undo(somsri, told["version"] + 1, PHIMCHAI)


def test_a_late_retry_does_not_tell_again_what_was_undone(world: World, somsri: str) -> None:
    """The same key is the same request, whatever happened since; with another body it is refused."""
    order = Order("phimchai", "key", "hash")
    told = world.by_hand.tell(somsri, BY_TELEPHONE, order)
    world.by_hand.undo(somsri, told["version"], PHIMCHAI)

    assert world.by_hand.tell(somsri, BY_TELEPHONE, order)["told"] is None
    with pytest.raises(IdempotencyMismatch):
        world.by_hand.tell(somsri, BY_TELEPHONE, Order("phimchai", "key", "another"))
    assert world.by_hand.tell(somsri, BY_TELEPHONE, Order("phimchai", "new", "hash"))["told"]


def test_nobody_is_told_in_the_future(world: World, somsri: str) -> None:
    """A few minutes between two clocks are forgiven."""
    with pytest.raises(Invalid):
        world.by_hand.tell(somsri, {**BY_TELEPHONE, "at": world.clock.now() + timedelta(days=1)}, PHIMCHAI)

    a_little = world.clock.now() + timedelta(minutes=4)
    assert world.by_hand.tell(somsri, {**BY_TELEPHONE, "at": a_little}, PHIMCHAI)["told"]["at"] <= a_little


@pytest.mark.parametrize("unknown", ["x", "01JPROJECT:12:0:0:24", "01JPROJECT:12:0:7:0", "::::"])
def test_what_is_not_there_is_not_found(world: World, somsri: str, unknown: str) -> None:
    """Neither a made-up id nor a position beyond the end."""
    with pytest.raises(NotFound):
        world.by_hand.tell(unknown, BY_TELEPHONE, PHIMCHAI)


def test_who_got_a_mail_is_nobodys_to_tell(world: World, somsri: str) -> None:
    """The ledger stays true: accepted stays accepted."""
    with pytest.raises(Conflict, match="not-by-hand"):
        world.by_hand.tell(somsri[:-1] + "1", BY_TELEPHONE, PHIMCHAI)


def test_a_lane_at_work_is_waited_for_and_never_disturbed(
    world: World, somsri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its settlement must fit the dispatch that it claimed."""
    monkeypatch.setattr("services.notifications.application.by_hand.PAUSE", 0)
    dispatch_id = somsri.rpartition(":")[0]
    world.database.dispatches.update_one({"_id": dispatch_id}, {"$set": {"lease": {"token": "busy"}}})
    world.database.dispatches.update_one(
        {"_id": dispatch_id}, {"$set": {"lease.lane": "lane", "lease.until": world.clock.now()}}
    )
    with pytest.raises(Unavailable):
        world.by_hand.tell(somsri, BY_TELEPHONE, PHIMCHAI)

    world.database.dispatches.update_one({"_id": dispatch_id}, {"$unset": {"lease": ""}})
    assert world.by_hand.tell(somsri, BY_TELEPHONE, PHIMCHAI)["told"]


def test_the_list_narrows_by_project_milestone_and_district(world: World, somsri: str) -> None:
    """What concerns the whole province concerns each of its districts."""
    assert waiting(world, project="01JPROJECT", milestone="01JMILESTONE", district="5103") == ["a"]
    assert waiting(world, project="another") == []
    assert waiting(world, milestone="another") == []


def test_pages_leave_nobody_out_and_name_nobody_twice(world: World) -> None:
    """Over several events and several people in one dispatch."""
    people = [f"c{number:02}" for number in range(30)]
    world.know(*people, address=None)
    world.tell(*people)
    world.turn()
    audience = audience_page(about(version=13, data={"milestone": milestone(id="another")}), members(*people))
    world.hear(audience)
    world.turn()
    seen: list[str] = []
    while page := world.by_hand.call_list(Wanted(), seen[-1] if seen else None, 7):
        seen += [each["id"] for each in page]

    assert len(seen) == len(set(seen)) == 60


def test_of_somebody_erased_nothing_can_be_said(world: World, somsri: str) -> None:
    """Neither a name nor a text; what was noted about the telling goes too."""
    world.by_hand.tell(somsri, {**BY_TELEPHONE, "note": "ฝากสมศรี ใจดี"}, PHIMCHAI)
    world.hear(world.erased_event("a", 2))

    item = world.by_hand.get(somsri)

    assert (item["name"], item["text"], item["reach_by"]) == ("", None, None)
    assert item["told"]["note"] is None


@pytest.mark.parametrize("change", [{"unsubscribed": True}, {"lawful_basis": None}])
def test_who_does_not_want_to_hear_any_more_is_not_called(
    world: World, somsri: str, change: dict[str, Any]
) -> None:
    """What counts is what holds when somebody is about to call."""
    world.know("a", version=2, address=None, **change)

    assert waiting(world) == []


def test_what_is_no_longer_true_is_not_told(world: World, somsri: str) -> None:
    """The correction is on the list in its place."""
    event_id = world.tell("a", kind="corrected", version=14)
    world.turn()

    (item,) = world.by_hand.call_list(Wanted(), None, 50)
    assert item["event_id"] == event_id


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "x\r\nBcc: y",
        "\u202egnp.exe",
        "👩‍🌾",
        "=cmd|' /C calc'!A0",
        "http://x.example.org/a",
    ],
)
def test_hostile_names_stay_text_on_their_line(world: World, name: str) -> None:
    """What somebody typed as a name is read out at worst, never obeyed."""
    world.know("a", address=None, name=name)
    world.tell("a")
    world.turn()

    (item,) = world.by_hand.call_list(Wanted(), None, 5)

    first = item["text"]["th"].splitlines()[0]
    assert first.startswith("เรียน")
    assert "\u202e" not in item["text"]["th"] and "http://" not in item["text"]["th"]
