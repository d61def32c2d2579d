"""What an erasure leaves in the ledger, whichever way the person was told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.notifications.application.by_hand import Order
from services.notifications.application.exporting import Exporting
from services.notifications.storage.holdings import Holdings
from tests.integration.notifications.test_digests import THURSDAY, WEEKLY, of
from tests.integration.notifications.world import World

NAME, ADDRESS = "ศรีสุดา ลบออก", "srisuda@example.org"


def readable(world: World) -> list[str]:
    """The collections in which the person can be read."""
    return sorted(
        name
        for name in world.database.list_collection_names()
        if any(_holds(document) for document in world.database[name].find())
    )


def _holds(document: Any) -> bool:
    return any(word in str(document) for word in (NAME, ADDRESS, "เรียน คุณศรีสุดา"))


def erase(world: World) -> None:
    world.hear(world.erased_event("a", 9, world.sealer.fingerprint(ADDRESS)))


def test_a_digest_that_was_sent_says_nothing_of_its_reader_any_more(world: World) -> None:
    """Neither its text nor what the mail server answered; that there was one stays."""
    world.know("a", name=NAME, address=ADDRESS, preferences=WEEKLY)
    for number in (12, 13):
        world.tell("a", version=number, data=of(number))
    world.turn()
    world.go_on_until(THURSDAY)
    copy = Exporting(world.viewing, Holdings(world.database), world.clock).export("a")
    assert any(NAME in (each["message"] or {}).get("text", "") for each in copy["deliveries"])
    assert len(copy["digests"]) == 1 and readable(world)

    erase(world)

    assert readable(world) == []
    assert world.database.digests.count_documents({"contact": "a"}) == 1


def test_erased_while_news_waits_for_thursday_nothing_is_sent(world: World) -> None:
    """The digest does not come to be, and names nobody."""
    world.know("a", name=NAME, address=ADDRESS, preferences=WEEKLY)
    world.tell("a", version=12, data=of(12))
    world.turn()

    erase(world)
    world.go_on_until(THURSDAY + timedelta(days=7))

    assert world.mailbox.messages() == [] and readable(world) == []


def test_who_was_told_at_once_and_by_hand_leaves_no_trace(world: World) -> None:
    """Slots, server's words, notes of whoever called."""
    world.know("a", name=NAME, address=ADDRESS)
    world.tell("a", version=12, data=of(12))
    world.turn()
    world.know("a", version=2, name=NAME, address=None, by_hand=f"ฝากถึง {NAME}")
    event_id = world.tell("a", version=13, data=of(13))
    world.turn()
    told = {"how": "line", "note": f"ฝากถึง {NAME} แล้ว"}
    world.by_hand.tell(f"{event_id}:0:0:0", told, Order("phimchai"))
    assert {"attempts", "contacts", "dispatches"} <= set(readable(world))

    erase(world)

    assert readable(world) == []


def test_an_erasure_may_come_twice_and_before_the_contact(world: World) -> None:
    """A redelivery changes nothing, and a late version brings nobody back."""
    erase(world)
    erase(world)
    world.know("a", version=3, name=NAME, address=ADDRESS)
    world.tell("a", version=12, data=of(12))
    world.turn()

    assert readable(world) == [] and world.mailbox.messages() == []
