"""Audience pages and contacts as they arrive: twice, out of order, conflicting, hostile, erased."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import pytest

from services.notifications.application.exporting import Exporting
from services.notifications.domain import states
from services.notifications.storage.holdings import Holdings
from shared.contracts.envelope import Event
from shared.errors import ConflictingDuplicate, DependencyDown, Unreadable
from shared.messaging.dead_letters import DeadLetters, Letter
from tests.integration.notifications.world import World
from tests.unit.notifications.scenes import about, audience_page, members, milestone


def page_of(*contact_ids: str, page: int = 0, **given: Any) -> Event:
    return audience_page(about(**given), members(*contact_ids), page)


def test_a_page_arriving_again_changes_nothing(world: World) -> None:
    """However often, and after it was sent too."""
    world.know("a", "b")
    page = page_of("a", "b")
    for _ in range(3):
        world.hear(page)
    world.turn()
    world.hear(page)
    world.work_off()
    assert set(world.told().values()) == {1}
    assert world.database.dispatches.count_documents({}) == 1


def test_a_known_page_with_other_content_is_refused_whole(world: World) -> None:
    """Nothing of it is stored, not even the part that is new."""
    world.hear(page_of(*(f"c{number:02}" for number in range(25))))
    before = world.database.dispatches.count_documents({})
    with pytest.raises(ConflictingDuplicate):
        world.hear(page_of(*(f"c{number:02}" for number in range(60))))
    assert world.database.dispatches.count_documents({}) == before


def test_pages_of_one_event_must_be_about_the_same(world: World) -> None:
    """A second page that tells of something else is refused before it is stored."""
    world.hear(page_of("a"))
    other = page_of("b", page=1, data={"milestone": milestone(title={"th": "เรื่องอื่น"})})
    with pytest.raises(ConflictingDuplicate):
        world.hear(other)
    assert world.viewing.pages_of("01JPROJECT:12") == [0]


def test_a_crash_between_any_two_steps_is_mended_by_the_next_delivery(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every step may have been done already, or not."""
    people = [f"c{number:02}" for number in range(30)]
    world.know(*people)
    page = page_of(*people)
    for step in ("add_alert", "note_visibility", "note_alert", "add_page", "add_dispatches"):
        whole = getattr(world.stores.recorder, step)

        def dies(*given: Any, after: Any = whole, **named: Any) -> None:
            after(*given, **named)
            raise DependencyDown("database", "gone")

        monkeypatch.setattr(world.stores.recorder, step, dies)
        with pytest.raises(DependencyDown):
            world.hear(page)
        monkeypatch.undo()
    world.hear(page)
    world.turn()
    assert len(world.states("01JPROJECT:12")) == 30
    assert set(world.told().values()) == {1}


def test_pages_arrive_in_any_order(world: World) -> None:
    """Each is recorded for itself."""
    world.know("a", "b", "c")
    for number, contact_id in reversed(list(enumerate(["a", "b", "c"]))):
        world.hear(page_of(contact_id, page=number))
    world.turn()
    assert set(world.told().values()) == {1}
    assert world.viewing.pages_of("01JPROJECT:12") == [0, 1, 2]


def test_an_empty_page_says_what_became_of_the_milestone(world: World) -> None:
    """It makes no dispatch."""
    world.hear(page_of(kind="recalled", concerns=["01JPROJECT:11"]))
    assert world.database.dispatches.count_documents({}) == 0
    assert world.viewing.pages_of("01JPROJECT:12") == [0]


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"kind": "exploded"}, "unknown-type"),
        ({"data": {"milestone": None}}, "wrong-schema"),
        ({"data": {"milestone": milestone(due_date="2569-13-45")}}, "wrong-schema"),
        ({"data": {"project": {"id": "p", "visibility": "everybody"}}}, "wrong-schema"),
        ({"kind": "rescheduled", "data": {"before": None}}, "missing-before"),
    ],
)
def test_what_no_mail_could_be_composed_from_is_refused_at_once(
    world: World, given: dict[str, Any], cause: str
) -> None:
    """It is kept as a dead letter with its cause, and no delivery waits for ever."""
    with pytest.raises(Unreadable) as caught:
        world.hear(page_of("a", **given))
    assert caught.value.cause == cause
    assert world.database.dispatches.count_documents({}) == 0


def test_a_page_whose_id_is_not_its_own_is_refused(world: World) -> None:
    """Dispatches are named after the event and the page."""
    with pytest.raises(Unreadable):
        world.hear(replace(page_of("a"), id="another:1:0"))


def test_five_thousand_contacts_in_ten_pages(world: World) -> None:
    """Two hundred dispatches, each contact in exactly one place."""
    people = [f"c{number:04}" for number in range(5000)]
    for page in range(10):
        world.hear(page_of(*people[page * 500 : page * 500 + 500], page=page))
    recipients = world.recipients("01JPROJECT:12")
    assert world.database.dispatches.count_documents({}) == 200
    assert sorted(recipients) == people


class TestContacts:
    """The projection keeps the newest version that arrived."""

    def test_versions_may_arrive_in_any_order(self, world: World) -> None:
        """An old one changes nothing."""
        world.know("a", version=3, name="ใหม่")
        world.know("a", version=2, name="เก่า")
        (known,) = world.stores.directory.contacts(["a"]).values()
        assert (known.version, known.name) == (3, "ใหม่")

    def test_the_same_version_sealed_again_is_the_same(self, world: World) -> None:
        """A seal looks different each time it is made."""
        world.know("a")
        world.know("a")

    def test_the_same_version_with_other_content_is_refused(self, world: World) -> None:
        """Kept as unreadable, not swallowed."""
        world.know("a", name="หนึ่ง")
        with pytest.raises(ConflictingDuplicate):
            world.know("a", name="สอง")

    @pytest.mark.parametrize("sealed", ["", "no seal", "gAAAAA" + "x" * 100])
    def test_a_seal_that_cannot_be_opened_is_unreadable(self, world: World, sealed: str) -> None:
        """Sealed under another secret, or changed on its way."""
        event = world.contact_event("a")
        with pytest.raises(Unreadable):
            world.hear(replace(event, data={**event.data, "sealed": sealed}))

    @pytest.mark.parametrize("person", [{"address": 5}, {"name": ["a"]}, {"address": {"$ne": 1}}])
    def test_a_person_of_the_wrong_shape_is_unreadable(self, world: World, person: dict[str, Any]) -> None:
        """Nothing but texts gets into the projection."""
        event = world.contact_event("a")
        sealed = world.sealer.seal({"address": "a@example.org", "name": "a", **person})
        with pytest.raises(Unreadable):
            world.hear(replace(event, data={**event.data, "sealed": sealed}))

    def test_an_erased_contact_is_not_told_and_leaves_no_trace(self, world: World) -> None:
        """Projection, slot values and the server's words are gone; what was sent to others stays."""
        world.know("a", "b", name="ลับ")
        first = world.tell("a", "b")
        world.turn()
        second = world.tell("a", "b", kind="rescheduled", version=20)
        fingerprint = world.sealer.fingerprint("a@example.org")
        world.hear(world.erased_event("a", 2, fingerprint))
        world.turn()

        assert world.states(second) == {
            "a": (states.SUPPRESSED, "erased"),
            "b": (states.ACCEPTED, None),
        }
        erased, kept = world.delivery(first, position=0), world.delivery(first, position=1)
        assert erased["message"] is None
        assert erased["attempts"][0]["text"] == ""
        assert "ลับ" in kept["message"]["text"]
        assert "ลับ" not in str(world.database.contacts.find_one({"_id": "a"}))
        assert "a@example.org" not in str(world.database.contacts.find_one({"_id": "a"}))

    def test_a_dead_letter_about_an_erased_contact_loses_its_body(self, world: World) -> None:
        """Letters about others keep theirs."""
        letters = DeadLetters(world.database)
        for contact_id in ("01JAAA", "01JBBB"):
            body = world.contact_event(contact_id).to_bytes()
            letters.keep(Letter("notifications.contacts", "wrong-schema", "", body))
        world.hear(world.erased_event("01JAAA", 2))
        bodies = [bytes(letter["body"]) for letter in world.database.dead_letters.find()]
        assert sorted(len(body) > 50 for body in bodies) == [False, True]
        assert not any(b"01JAAA" in body for body in bodies)

    def test_mails_of_an_erased_person_are_emptied(self, world: World) -> None:
        """Matched by the contact or by the hash of the sender; what became of each mail stays."""
        world.know("a")
        fingerprint = world.sealer.fingerprint("a@example.org")
        mails = [{"_id": "1", "contact_id": "a"}, {"_id": "2", "sender": fingerprint}, {"_id": "3"}]
        for mail in mails:
            world.database.incoming.insert_one(
                {**mail, "raw": b"said", "envelope_to": ["x"], "outcome": "stop"}
            )

        world.hear(world.erased_event("a", 2, fingerprint))

        left = {each["_id"]: each for each in world.database.incoming.find()}
        assert [("raw" in left[number]) for number in "123"] == [False, False, True]
        assert left["1"]["outcome"] == "stop" and left["2"]["envelope_to"] == []

    def test_a_copy_holds_deliveries_messages_and_mails(self, world: World) -> None:
        """As a person reads them; of others and of machines nothing."""
        world.know("a", "b")
        world.tell("a", "b")
        world.turn()
        world.database.incoming.insert_one(
            {"_id": "1", "contact_id": "a", "raw": zlib.compress(b"stop please")}
        )

        copy = Exporting(world.viewing, Holdings(world.database), world.clock).export("a")

        (delivery,) = copy["deliveries"]
        assert delivery["reasons"] and "กมลวรรณ ใจงาม" in delivery["message"]["text"]
        assert copy["contacts"][0]["address"] == "a@example.org"
        assert copy["incoming"] == [{"id": "1", "contact_id": "a", "raw": "stop please"}]
        assert "b@example.org" not in str(copy)

    def test_a_copy_of_nobody_is_empty(self, world: World) -> None:
        """No hint whether there ever was somebody of that id."""
        copy = Exporting(world.viewing, Holdings(world.database), world.clock).export("nobody")
        assert copy["deliveries"] == copy["contacts"] == copy["incoming"] == []

    def test_an_erased_address_stays_suppressed_when_it_comes_back(self, world: World) -> None:
        """Imported again under another id, it is still not written to."""
        world.know("a")
        world.hear(world.erased_event("a", 2, world.sealer.fingerprint("a@example.org")))
        world.know("z", address="A@Example.org ")
        event_id = world.tell("z")
        world.turn()
        assert world.states(event_id) == {"z": (states.SUPPRESSED, "address_suppressed")}

    def test_a_late_version_does_not_bring_an_erased_contact_back(self, world: World) -> None:
        """The tombstone has the newest version."""
        world.know("a")
        world.hear(world.erased_event("a", 3))
        world.know("a", version=2)
        (known,) = world.stores.directory.contacts(["a"]).values()
        assert known.erased
        assert known.address is None

    def test_an_erasure_waits_for_a_lane_that_is_sending(self, world: World) -> None:
        """It could not scrub what the lane is about to store; the consumer tries again."""
        world.know("a")
        world.tell("a")
        lane = world.workshop.lane()
        due = world.stores.ledger.due(world.clock.now(), 10)
        world.stores.ledger.claim(due, lane._new_lease())
        with pytest.raises(DependencyDown):
            world.hear(world.erased_event("a", 2))
        world.clock.advance(11)
        world.turn()
        world.hear(world.erased_event("a", 2))
        world.turn()
        assert set(world.states("01JPROJECT:12").values()) == {(states.SUPPRESSED, "erased")}
