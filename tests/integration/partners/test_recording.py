"""The audience of an event is stored once, whole, and in pages, whatever interrupts or repeats it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from services.partners.domain import pages
from shared.contracts.pages import contacts_of
from shared.errors import ConflictingDuplicate, Unreadable
from tests.integration.partners.world import MANAGER, World


def test_everybody_who_matches_is_told_with_every_reason(world: World) -> None:
    """A sponsor that subscribes and sits on the jppcc hears all three; who did not ask hears nothing."""
    both = world.partner("industry", "jppcc", missions=[5])
    other = world.partner()
    pledge = {"quantity": 10.0, "done": 10.0, "unit": {"th": "ครั้ง", "en": "sessions"}}
    world.engage(both, "sponsor", pledge=pledge)
    world.subscribe(both, area=["5101"])
    world.subscribe(other, area=["5102"])
    person, _ = world.contact(both), world.contact(other)
    event = world.event()

    world.handle(event)

    assert world.told(event) == {person["id"]: ["sponsor", "jppcc", "subscriber"]}
    (page,) = world.pages(event)
    (sponsor, _, subscriber) = contacts_of(page.data)[0]["reasons"]
    assert (sponsor["pledge"], subscriber["facets"]) == (pledge, {"area": ["5101"]})
    assert page.data["about"]["data"] == event.data
    assert (page.id, page.subject, page.actor) == (f"{event.id}:0", event.subject, "phimchai")


def test_an_event_for_nobody_has_one_empty_page_and_a_head(world: World) -> None:
    """So the sender learns what became of the milestone."""
    event = world.event()

    world.handle(event)

    assert [len(page.data["contacts"]) for page in world.pages(event)] == [0]
    head = world.head(event)
    assert head is not None
    assert dict(head.data) == {
        "event_id": event.id,
        "event_type": event.type,
        "project_id": "project",
        "milestone_id": "milestone",
        "pages": 1,
        "relevant": 0,
        "left_out": {},
    }


def test_who_is_left_out_stands_beside_the_page_and_in_the_sums(world: World) -> None:
    """No basis, unsubscribed, suppressed, not visible: each is counted by why."""
    partner, radio = world.partner(), world.partner("media")
    for each in (partner, radio):
        world.subscribe(each)
    no_basis = world.contact(partner, lawful_bases={})
    gone = world.contact(partner, unsubscribed=True)
    dead = world.contact(partner, address="dead@example.org")
    world.use_cases.feedback.suppress(world.suppressed(dead))
    reporter = world.contact(radio)
    event = world.event(project={"visibility": "partners"})

    world.handle(event)

    assert world.left_out(event) == {
        no_basis["id"]: "no_lawful_basis",
        gone["id"]: "unsubscribed",
        dead["id"]: "suppressed",
        reporter["id"]: "not_visible",
    }
    head = world.head(event)
    assert head is not None and (head.data["relevant"], sum(head.data["left_out"].values())) == (0, 4)
    assert [len(page.data["contacts"]) for page in world.pages(event)] == [0]


@pytest.mark.parametrize("happened", ["milestone.recalled", "milestone.updated", "project.updated"])
def test_what_tells_nobody_still_has_its_page(world: World, happened: str) -> None:
    """One empty page, although a subscriber would match."""
    partner = world.partner()
    world.subscribe(partner)
    world.contact(partner)
    event = world.event(happened)

    world.handle(event)

    assert [len(page.data["contacts"]) for page in world.pages(event)] == [0]
    assert world.left_out(event) == {}


@pytest.mark.parametrize("happened", ["milestone.planned", "milestone.started", "project.created"])
def test_other_events_only_feed_the_projection(world: World, happened: str) -> None:
    """No page, no head; but what is known of the project is newer."""
    event = world.event(happened)

    world.handle(event)

    assert (world.pages(event), world.head(event)) == ([], None)
    assert world.database.projects.find_one({"_id": "project"})["version"] == event.version


def test_what_is_historic_has_no_audience(world: World) -> None:
    """Last year's result tells nobody."""
    partner = world.partner()
    world.subscribe(partner)
    world.contact(partner)
    event = world.event(historic=True)

    world.handle(event)

    assert world.pages(event) == []


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of five contacts, so that a test has many without making thousands."""
    monkeypatch.setattr(pages, "LARGEST_PAGE", 5)


@pytest.mark.usefixtures("small_pages")
def test_a_large_audience_comes_in_pages_ordered_by_contact(world: World) -> None:
    """23 contacts are five pages of at most five, and a head that adds them up."""
    partner = world.partner()
    world.subscribe(partner)
    people = world.people(23, partner)
    event = world.event()

    world.handle(event)

    sizes = [len(page.data["contacts"]) for page in world.pages(event)]
    assert sizes == [5, 5, 5, 5, 3]
    assert list(world.told(event)) == sorted(people)
    head = world.head(event)
    assert head is not None and (head.data["pages"], head.data["relevant"]) == (5, 23)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("stored", [1, 2, 3])
def test_a_redelivery_continues_after_the_last_stored_contact(world: World, stored: int) -> None:
    """A crash after any page: the rest follows, nobody twice, nobody lost, and the head last."""
    partner = world.partner()
    world.subscribe(partner)
    people = world.people(12, partner)
    event = world.event()
    world.handle(event)
    world.database.audiences.delete_many({})
    world.database.audience_pages.delete_many({"page": {"$gte": stored}})

    world.handle(event)

    assert sorted(world.told(event)) == sorted(people)
    assert world.head(event) is not None


@pytest.mark.usefixtures("small_pages")
def test_contacts_that_change_between_crash_and_redelivery_are_told_once_at_most(world: World) -> None:
    """Who was stored stays; who left before the rest was stored is left out; who joined is told."""
    partner = world.partner()
    world.subscribe(partner)
    people = sorted(world.people(12, partner))
    event = world.event()
    world.handle(event)
    world.database.audiences.delete_many({})
    world.database.audience_pages.delete_many({"page": {"$gte": 1}})
    for contact_id in (people[0], people[11]):
        world.use_cases.contacts.change(contact_id, 1, {"unsubscribed": True}, MANAGER)
    joined = world.contact(partner)["id"]

    world.handle(event)

    assert set(world.told(event)) == {*people[:11], joined} - ({joined} if joined < people[4] else set())
    assert world.left_out(event) == {people[11]: "unsubscribed"}


def test_the_same_event_again_changes_nothing(world: World) -> None:
    """Redelivered, replayed or republished: same pages, same head, nothing new to publish."""
    partner = world.partner()
    world.subscribe(partner)
    world.people(3, partner)
    event = world.event()
    world.handle(event)
    before = world.publish()[:]

    for _ in range(3):
        world.handle(event)

    assert world.publish() == before
    assert len(world.told(event)) == 3


@pytest.mark.parametrize("complete", [True, False])
def test_a_known_id_with_other_content_is_refused(world: World, complete: bool) -> None:
    """It becomes a dead letter, and the stored audience stays as it is."""
    world.contact(world.partner())
    event = world.event()
    world.handle(event)
    if not complete:
        world.database.audiences.delete_many({})
        world.database.projects.delete_many({})
        world.database.milestones.delete_many({})
    other = replace(event, data={**event.data, "hold_seconds": 99})

    with pytest.raises(ConflictingDuplicate):
        world.handle(other)

    assert world.pages(event)[0].data["about"]["data"]["hold_seconds"] == 0


def test_an_older_event_that_comes_late_has_its_audience_but_leaves_the_projection(world: World) -> None:
    """Out of order: each event has its own audience, and the newest state stays."""
    partner = world.partner()
    world.subscribe(partner)
    person = world.contact(partner)["id"]
    older = world.event("milestone.reached", version=4, milestone={"status": "reached"})
    newer = world.event("milestone.cancelled", version=5, milestone={"status": "cancelled"})

    world.handle(newer)
    world.handle(older)

    assert list(world.told(older)) == list(world.told(newer)) == [person]
    assert world.database.milestones.find_one({"_id": "milestone"})["milestone"]["status"] == "cancelled"


def test_two_replicas_with_one_event_tell_everybody_once(world: World, monkeypatch: Any) -> None:
    """Both store pages in turn, from views that differ; ranges do not overlap and leave no gap."""
    monkeypatch.setattr(pages, "LARGEST_PAGE", 3)
    partner = world.partner()
    world.subscribe(partner)
    people = world.people(40, partner)
    event = world.event()
    replicas = [world.replica() for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        for result in [pool.submit(world.handle, event, replica) for replica in replicas]:
            result.result()

    assert sorted(world.told(event)) == sorted(people)
    head = world.head(event)
    assert head is not None and head.data["relevant"] == 40
    assert world.database.audience_pages.count_documents({"event_id": event.id}) == head.data["pages"]


def test_a_correction_reaches_whoever_was_told_before(world: World) -> None:
    """Also somebody who speaks for nobody concerned any more; with the organisation it was told for."""
    partner, other = world.partner("academia"), world.partner()
    subscription = world.subscribe(partner)
    told = world.contact(partner)
    reached = world.event("milestone.reached")
    world.handle(reached)
    world.publish()  # from here on the page stands in the history only
    world.use_cases.subscriptions.end(subscription["id"], 1, partner_id=partner)
    world.use_cases.contacts.change(told["id"], 1, {"partner_ids": [other]}, MANAGER)
    corrected = world.event("milestone.corrected", concerns=[reached.id])

    world.handle(corrected)

    assert world.told(corrected) == {told["id"]: ["told_before"]}
    (reason,) = contacts_of(world.pages(corrected)[0].data)[0]["reasons"]
    assert (reason["partner_id"], reason["kinds"]) == (partner, ["academia"])


def test_a_correction_still_asks_for_visibility_basis_and_the_wish(world: World) -> None:
    """Told before is a reason like any other."""
    partner = world.partner()
    world.subscribe(partner)
    left, stays, erased = (world.contact(partner) for _ in range(3))
    reached = world.event("milestone.reached")
    world.handle(reached)
    world.use_cases.contacts.change(left["id"], 1, {"unsubscribed": True}, MANAGER)
    world.use_cases.forgetting.erase(erased["id"], 1, MANAGER)
    corrected = world.event("milestone.corrected", concerns=[reached.id])
    hidden = world.event("milestone.corrected", concerns=[reached.id], project={"visibility": "internal"})

    world.handle(corrected)
    world.handle(hidden)

    assert world.told(corrected) == {stays["id"]: ["subscriber", "told_before"]}
    assert world.left_out(corrected) == {left["id"]: "unsubscribed"}
    assert world.told(hidden) == {}
    assert set(world.left_out(hidden).values()) == {"not_visible"}


def test_an_ended_partner_engagement_or_subscription_is_no_reason(world: World) -> None:
    """From the end on, nobody hears because of it."""
    ended, partner = world.partner(), world.partner()
    world.subscribe(ended)
    engagement, subscription = world.engage(partner), world.subscribe(partner)
    world.contact(ended, partner)
    world.use_cases.partners.end(ended, 1)
    world.use_cases.engagements.end(engagement["id"], 1, partner_id=partner)
    world.use_cases.subscriptions.end(subscription["id"], 1, partner_id=partner)
    event = world.event()

    world.handle(event)

    assert (world.told(event), world.left_out(event)) == ({}, {})


def test_a_changed_subscription_is_found_by_its_new_facets_only(world: World) -> None:
    """Match keys change with the facets."""
    partner = world.partner()
    subscription = world.subscribe(partner, mission=[5])
    person = world.contact(partner)["id"]
    five, four = world.event(), world.event(project={"facets": _facets(missions=[4])})
    changed = {"facets": {"mission": [4], "sector": ["environment"]}}
    world.use_cases.subscriptions.change(subscription["id"], 1, changed, MANAGER, partner_id=partner)

    world.handle(five)
    world.handle(four)

    assert (world.told(five), world.told(four)) == ({}, {person: ["subscriber"]})


def test_scope_and_a_named_person_narrow_an_engagement(world: World) -> None:
    """Other milestones, other areas and colleagues are not concerned."""
    office = world.partner("agency")
    coordinator, _colleague = world.contact(office), world.contact(office)
    world.engage(office, "coordinator", contact_id=coordinator["id"])
    elsewhere = world.partner()
    world.contact(elsewhere)
    world.engage(elsewhere, scope={"milestones": ["another"]})
    world.engage(elsewhere, scope={"areas": ["5102"]})
    event = world.event(project={"visibility": "internal"})

    world.handle(event)

    assert world.told(event) == {coordinator["id"]: ["coordinator"]}
    assert world.left_out(event) == {}


def test_hostile_words_pass_through_as_words(world: World) -> None:
    """HTML, emoji, right-to-left and line breaks in names stay data."""
    name = {"th": '<script>alert("1")</script> ชุมชน 🎉 שלום', "en": "a\\r\\nBcc: x@example.org"}
    partner = world.partner(name=name)
    world.subscribe(partner)
    world.contact(partner)
    event = world.event(milestone={"title": {"th": "บรรทัด\r\nใหม่ <b>", "en": None}})

    world.handle(event)

    (page,) = world.pages(event)
    assert contacts_of(page.data)[0]["reasons"][0]["partner"] == name


def test_an_event_that_leaves_no_room_for_an_audience_is_unreadable(world: World) -> None:
    """Its pages could be read by nobody."""
    event = world.event(results=[_result("ผ" * 4000) for _ in range(350)])

    with pytest.raises(Unreadable) as refused:
        world.handle(event)

    assert refused.value.cause == "too-large"
    assert world.pages(event) == []


def test_addresses_stand_in_no_event(world: World) -> None:
    """Neither in contact events, nor in pages, nor in ids."""
    partner = world.partner()
    world.subscribe(partner)
    world.contact(partner, address="Somchai.Jaidee@example.org", by_hand={"th": "โทร 0812345678", "en": None})
    world.handle(world.event())

    said = b"".join(event.to_bytes() for event in world.publish()).lower()

    assert b"jaidee" not in said and b"0812345678" not in said


def _facets(**given: Any) -> dict[str, Any]:
    usual = {"programme": "eco-town", "missions": [5], "sectors": ["environment"], "areas": ["510112"]}
    return {**usual, **given}


def _result(text: str) -> dict[str, Any]:
    words = {"th": text, "en": None}
    return {"label": words, "value": 1.0, "target": 2.0, "unit": {"th": "ครั้ง", "en": None}, "met": False}
