"""The first mail to somebody whose data came from elsewhere says so (PDPA, ม.25)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.calendar import BANGKOK
from shared.testing.mailbox import Fault
from tests.integration.notifications.world import World

IMPORTED: dict[str, Any] = {"imported_at": "2026-11-20T03:00:00.000Z", "source": "ทะเบียน กรอ.จังหวัด ปี 2569"}
LABEL = "ข้อมูลส่วนบุคคลของท่าน:"


def test_the_first_mail_says_it_and_the_second_does_not(world: World) -> None:
    """Who holds what, from where, on which basis, and what the reader may ask for."""
    world.know("a", **IMPORTED)
    world.tell("a", version=12)
    world.turn()
    world.tell("a", version=13, kind="corrected")
    world.turn()

    first, second = (mail.body() for mail in world.mailbox.messages())
    assert LABEL in first and "ซึ่งได้มาจากทะเบียน กรอ.จังหวัด ปี 2569" in first and "มาตรา 24 (4)" in first
    assert LABEL not in second
    assert LABEL.rstrip(":") in world.mailbox.messages()[0].body("html")


def test_in_english_for_english_readers_and_with_a_hostile_source(world: World) -> None:
    """What somebody typed as the source is neither a link nor HTML."""
    source = "<b>list</b> https://example.org/list"
    world.know("a", language="en", lawful_basis="consent", **{**IMPORTED, "source": source})
    world.tell("a")
    world.turn()

    (mail,) = world.mailbox.messages()
    assert "Your personal data:" in mail.body() and "by your consent" in mail.body()
    assert "https://" not in mail.body() and "<b>" not in mail.body("html")


def test_a_digest_may_be_the_first_mail(world: World) -> None:
    """It says it as well, and afterwards nothing does."""
    world.know("a", preferences={"mode": "daily", "events": {}, "digest": None}, **IMPORTED)
    world.tell("a")
    world.turn()
    world.go_on_until(datetime(2026, 11, 24, 9, tzinfo=BANGKOK))

    (mail,) = world.mailbox.messages()
    assert LABEL in mail.body()


@pytest.mark.parametrize(
    "fault", [Fault("rcpt", reply="451 4.7.1 later", times=1), Fault("data", cut=True, times=1)]
)
def test_a_mail_that_was_not_taken_told_nothing(world: World, fault: Fault) -> None:
    """It is said with the first one that is."""
    world.know("a", **IMPORTED)
    world.tell("a")
    world.mailbox.misbehave(fault)
    world.turn()
    assert world.mailbox.messages() == []
    world.clock.advance(hours=5)
    world.turn()

    (mail,) = world.mailbox.messages()
    assert LABEL in mail.body()


def test_who_gave_the_data_needs_no_notice_and_a_change_brings_none_back(world: World) -> None:
    """A contact who was entered by hand; and one who changes its language after the notice."""
    world.know("a")
    world.know("b", **IMPORTED)
    world.tell("a", "b", version=12)
    world.turn()
    world.know("b", version=2, language="en", **IMPORTED)
    world.tell("b", version=13, kind="corrected")
    world.clock.advance(minutes=1)
    world.turn()

    bodies = {mail.recipients[0]: mail.body() for mail in world.mailbox.messages()}
    assert LABEL not in bodies["a@example.org"]
    assert "Your personal data" not in bodies["b@example.org"]
    assert world.clock.now() - timedelta(minutes=2) < world.database.contacts.find_one("b")["noticed_at"]


def test_whoever_has_had_no_mail_in_time_gets_one_about_its_data_alone(world: World) -> None:
    """Within 30 days of the import, once, whoever looks and however often."""
    world.know("a", "b", **IMPORTED)
    world.know("c")
    world.tell("b")
    world.turn()
    world.go_on_until(datetime(2026, 12, 10, 9, tzinfo=BANGKOK))
    assert world.told() == {"b@example.org": 1}

    for day in (11, 12, 13):
        world.go_on_until(datetime(2026, 12, day, 11, tzinfo=BANGKOK))

    assert world.told() == {"b@example.org": 1, "a@example.org": 1}
    mail = world.mailbox.messages()[-1]
    assert mail.subject == "จังหวัดลำพูนเก็บข้อมูลของท่านไว้เพื่อแจ้งข่าวโครงการ"
    assert "ซึ่งได้มาจากทะเบียน กรอ.จังหวัด ปี 2569" in mail.body() and "เรียน คุณกมลวรรณ ใจงาม" in mail.body()
    world.tell("a", version=13)
    world.turn()
    assert LABEL not in world.mailbox.messages()[-1].body()
    assert "กมลวรรณ" not in str(list(world.database.messages.find()))


def test_erasure_takes_the_source_away(world: World) -> None:
    """Of where somebody's data came from nothing stays either."""
    world.know("a", **IMPORTED)
    world.tell("a")
    world.turn()
    world.hear(world.erased_event("a", 2))

    held = str([list(world.database[name].find()) for name in world.database.list_collection_names()])
    assert "กรอ.จังหวัด ปี 2569" not in held
