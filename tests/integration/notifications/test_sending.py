"""From an audience to mails at a real mail server, and back into the ledger."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from services.notifications.composing import Composed
from services.notifications.domain import states
from shared.contracts.registry import event_from_document
from shared.errors import DependencyDown
from shared.testing.clock import FixedClock
from shared.testing.mailbox import Fault, Mailbox
from tests.integration.notifications.world import World
from tests.unit.notifications.scenes import milestone, reason, text


def test_every_contact_of_an_audience_has_a_mail_and_the_ledger_says_so(world: World) -> None:
    """Thirty contacts are two dispatches and thirty mails, each with its own greeting and reason."""
    people = [f"c{number:02}" for number in range(30)]
    world.know(*people)
    event_id = world.tell(*people)

    assert world.turn() == 30

    assert set(world.states(event_id).values()) == {(states.ACCEPTED, None)}
    mails = world.mailbox.messages()
    assert sorted(mail.recipients[0] for mail in mails) == sorted(f"{each}@example.org" for each in people)
    assert "เรียน คุณกมลวรรณ ใจงาม" in mails[0].body()
    assert "ผู้สนับสนุน" in mails[0].body("html")
    assert len({mail.message_id for mail in mails}) == 30
    assert mails[0].envelope_from.startswith("prasan+b")


def test_outcomes_are_absolute_counts_that_fit_their_contract(world: World) -> None:
    """One event a dispatch, at the dispatch's version, counting every recipient."""
    world.know("a", "b")
    world.know("c", unsubscribed=True)
    event_id = world.tell("a", "b", "c")
    world.turn()

    (outcome,) = [event_from_document(event) for event in world.events()]
    assert outcome.type == "notifications.dispatch.changed.v1"
    assert outcome.data["event_id"] == event_id
    assert outcome.data["dispatch_version"] == outcome.version == 3
    assert list(outcome.data["outcomes"]) == [
        {"state": "accepted", "why": None, "count": 2},
        {"state": "suppressed", "why": "unsubscribed", "count": 1},
    ]


def test_a_delivery_shows_the_message_as_it_was_sent(world: World) -> None:
    """Though the contact has another name by now."""
    world.know("a", name="ชื่อเดิม")
    event_id = world.tell("a")
    world.turn()
    world.know("a", version=2, name="ชื่อใหม่")

    shown = world.delivery(event_id)
    assert shown["state"] == states.ACCEPTED
    assert shown["reasons"][0]["code"] == "sponsor"
    assert [attempt["verdict"] for attempt in shown["attempts"]] == ["taken"]
    assert shown["message"]["text"].split("\n") == world.mailbox.messages()[0].body().split("\r\n")
    assert "ชื่อเดิม" in shown["message"]["html"]


def test_english_readers_get_english(world: World) -> None:
    """Composed once per language."""
    world.know("a")
    world.know("b", language="en")
    world.tell("a", "b")
    world.turn()
    subjects = {mail.recipients[0]: mail.subject for mail in world.mailbox.messages()}
    assert "แล้วเสร็จ" in subjects["a@example.org"]
    assert "Waste sorting" in subjects["b@example.org"]
    assert world.database.messages.count_documents({}) == 2


def test_nothing_is_sent_in_the_hold_and_a_recall_stops_it(world: World) -> None:
    """With 120 seconds of hold, a recall after 119 still wins."""
    world.know("a")
    event_id = world.tell("a", hold=120)
    assert world.states(event_id) == {"a": (states.HELD, None)}
    world.clock.advance(119)
    assert world.turn() == 0
    world.tell(kind="recalled", version=13, concerns=[event_id])
    world.clock.advance(10)
    world.turn()
    assert world.states(event_id) == {"a": (states.SUPERSEDED, "recalled")}
    assert not world.told()


def test_after_its_hold_an_alert_goes_out(world: World) -> None:
    """Three seconds after it, so that a recall in its last moment still arrives."""
    world.know("a")
    event_id = world.tell("a", hold=120)
    world.clock.advance(122)
    assert world.turn() == 0
    world.clock.advance(1)
    assert world.turn() == 1
    assert world.states(event_id) == {"a": (states.ACCEPTED, None)}


@pytest.mark.parametrize("newer_first", [True, False])
def test_what_was_made_untrue_before_it_was_sent_is_superseded(world: World, newer_first: bool) -> None:
    """In whichever order the two arrive, only the newer alert is told."""
    world.know("a")
    orders: list[dict[str, Any]] = [{"version": 12}, {"kind": "cancelled", "version": 14}]
    for order in reversed(orders) if newer_first else orders:
        world.tell("a", **order)
    world.turn()
    assert world.states("01JPROJECT:12") == {"a": (states.SUPERSEDED, "cancelled")}
    assert world.states("01JPROJECT:14") == {"a": (states.ACCEPTED, None)}
    assert world.told() == {"a@example.org": 1}


def test_what_a_recalled_report_had_overtaken_is_true_again(world: World) -> None:
    """While the report may be recalled the older alert waits; after the recall it goes out."""
    world.know("a")
    world.stores.control.write(True, "operator", world.clock.now())
    older = world.tell("a", kind="rescheduled", version=11)
    report = world.tell("a", hold=120)
    world.turn()
    assert world.states(older) == {"a": (states.PENDING, "awaits_newer")}
    world.tell(kind="recalled", version=13, concerns=[report])
    world.clock.advance(130)
    world.turn()
    assert world.states(older) == {"a": (states.ACCEPTED, None)}
    assert world.states(report) == {"a": (states.SUPERSEDED, "recalled")}


def test_visibility_is_the_projects_present_one(world: World) -> None:
    """Narrowed after the audience was resolved, before the mail went out."""
    world.know("a", "b")
    event_id = world.tell("a", "b", hold=120, reasons=[reason("subscriber", "media")])
    world.tell(kind="updated", version=13, visibility="partners")
    world.clock.advance(130)
    world.turn()
    assert set(world.states(event_id).values()) == {(states.SUPPRESSED, "not_visible")}


@pytest.mark.parametrize(
    ("given", "state", "why"),
    [
        ({"unsubscribed": True}, states.SUPPRESSED, "unsubscribed"),
        ({"lawful_basis": None}, states.SUPPRESSED, "no_lawful_basis"),
        ({"address": None}, states.BY_HAND, "no_address"),
        ({"address": "a@example.org\r\nRCPT TO:<b@example.org>"}, states.FAILED, "address_unusable"),
        ({"name": "a\r\nBcc: b@example.org"}, states.FAILED, "hostile_header"),
        ({"quiet_hours": {"start": 11, "end": 14}}, states.PENDING, "quiet_hours"),
    ],
)
def test_what_stands_against_a_mail_is_read_at_the_claim(
    world: World, given: dict[str, Any], state: str, why: str
) -> None:
    """It changed after the audience was recorded; the ledger says why nothing was sent."""
    world.know("a", "b")
    event_id = world.tell("a", "b")
    world.know("a", version=2, **given)
    world.turn()
    assert world.states(event_id) == {"a": (state, why), "b": (states.ACCEPTED, None)}
    assert world.told() == {"b@example.org": 1}


def test_quiet_hours_end_and_the_mail_goes(world: World) -> None:
    """12:00 in Lamphun; quiet until 14:00."""
    world.know("a", quiet_hours={"start": 11, "end": 14})
    event_id = world.tell("a")
    world.turn()
    assert world.recipients(event_id)["a"].due_at == world.clock.now() + timedelta(hours=2)
    world.clock.advance(hours=2)
    assert world.turn() == 1


def test_a_contact_that_arrives_after_its_audience_is_told_when_it_does(world: World) -> None:
    """Its version must be at least the one that the audience was made of; its arrival wakes the delivery."""
    world.know("b")
    event_id = world.tell("a", "b")
    world.turn()
    assert world.states(event_id)["a"] == (states.PENDING, "contact_unknown")
    world.know("a")
    assert world.turn() == 1
    assert world.states(event_id)["a"] == (states.ACCEPTED, None)


def test_names_of_every_kind_reach_the_reader_whole(world: World) -> None:
    """Thai, emoji, right-to-left and HTML are text, never markup."""
    name = "<script>alert(1)</script> สมหญิง 🌾 \u202eשלום"
    world.know("a", name=name)
    world.tell("a")
    world.turn()
    (mail,) = world.mailbox.messages()
    assert "<script>" not in mail.body("html")
    assert "สมหญิง 🌾" in mail.body("html")


def test_an_event_with_html_and_line_breaks_in_every_text_is_only_text(world: World) -> None:
    """A title cannot become a header or an element."""
    hostile = text("</td><b>แล้วเสร็จ\r\nBcc: b@example.org", "<img src=x>")
    world.know("a")
    world.tell("a", data={"milestone": {**milestone(), "title": hostile}})
    world.turn()
    (mail,) = world.mailbox.messages()
    assert mail.message["Bcc"] is None
    assert "<b>แล้วเสร็จ" not in mail.body("html")


class TestModes:
    """MAIL_MODE decides whether mail leaves at all, and to whom."""

    def test_hold_sends_nothing_and_keeps_everything(
        self, database: Database[Any], mailbox: Mailbox, clock: FixedClock
    ) -> None:
        """Until a process with another mode starts: then it goes out."""
        holding = World(database, mailbox, clock, mail_mode="hold")
        holding.know("a")
        holding.know("b", unsubscribed=True)
        event_id = holding.tell("a", "b")
        holding.turn()
        assert holding.states(event_id) == {
            "a": (states.HELD, "mail_mode"),
            "b": (states.SUPPRESSED, "unsubscribed"),
        }
        clock.advance(days=30)
        assert holding.turn() == 0

        sending = World(database, mailbox, clock)
        assert sending.stores.control.release_held(clock.now()) == 1
        assert sending.turn() == 1

    def test_redirect_sends_all_mail_to_one_address(
        self, database: Database[Any], mailbox: Mailbox, clock: FixedClock
    ) -> None:
        """A rehearsal reaches nobody, and what the server says of that address suppresses nobody."""
        world = World(
            database, mailbox, clock, mail_mode="redirect", mail_redirect_to="rehearsal@example.org"
        )
        mailbox.misbehave(Fault("rcpt", reply="550 5.1.1 unknown", times=1))
        world.know("a", "b")
        event_id = world.tell("a", "b")
        world.turn()
        assert world.told() == {"rehearsal@example.org": 1}
        assert world.states(event_id) == {"a": (states.FAILED, "5.1.1"), "b": (states.ACCEPTED, None)}
        assert world.operating.suppressions(None, 10) == []


def test_limits_are_drawn_and_the_rest_waits(
    database: Database[Any], mailbox: Mailbox, clock: FixedClock
) -> None:
    """Ten a minute and twelve a day: ten, then two, then the next day."""
    world = World(database, mailbox, clock, mail_per_minute=10, mail_daily_cap=12)
    people = [f"c{number:02}" for number in range(15)]
    world.know(*people)
    event_id = world.tell(*people)
    assert world.turn() == 10
    assert list(world.states(event_id).values()).count((states.PENDING, "rate_limit")) == 5
    clock.advance(60)
    assert world.turn() == 2
    clock.advance(hours=11, minutes=50)
    assert world.turn() == 0
    clock.advance(minutes=10)
    assert world.turn() == 3


def test_a_mail_that_cannot_be_composed_stops_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits ten minutes and is tried again: whoever mends the cause need not replay anything."""
    from services.notifications.application import writing

    whole = writing.slot_values

    def fails_for_a(about: Any, reasons: Any, contact: Any) -> dict[str, str]:
        if contact.id == "a":
            raise RuntimeError("a bug")
        return whole(about, reasons, contact)

    world.know("a", "b")
    event_id = world.tell("a", "b")
    monkeypatch.setattr(writing, "slot_values", fails_for_a)
    assert world.turn() == 1
    assert world.states(event_id)["a"] == (states.PENDING, "not_composed")
    monkeypatch.undo()
    world.clock.advance(minutes=10)
    assert world.turn() == 1


def test_a_database_that_goes_away_while_a_mail_is_composed_delays_it_no_longer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is due as soon as the database is back."""

    def is_down(*_: Any) -> None:
        raise DependencyDown("database", "restarted")

    world.know("a")
    event_id = world.tell("a")
    monkeypatch.setattr(world.stores.messages, "keep", is_down)
    assert world.turn() == 0
    monkeypatch.undo()
    assert world.turn() == 1
    assert world.states(event_id) == {"a": (states.ACCEPTED, None)}


def test_lanes_that_compose_the_same_mail_at_once_keep_one(world: World) -> None:
    """The server may tell neither of two that it was the first."""
    made, kept = Composed("เรื่อง", "text", "html"), []

    def compose() -> None:
        kept.append(world.stores.messages.keep("event", "th", made))

    for _ in range(20):
        world.database.messages.delete_many({})
        threads = [threading.Thread(target=compose) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert kept == [made] * 80


def test_what_is_said_about_an_unknown_project_stays_inside(world: World) -> None:
    """Of a project that nothing is known about, nothing leaves the province."""
    world.know("a")
    event_id = world.tell("a")
    world.database.subjects.delete_many({})
    world.turn()
    assert world.states(event_id) == {"a": (states.SUPPRESSED, "not_visible")}
