"""Contacts: one address is one contact, changes are told sealed, and a person can be forgotten."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.partners.application.orders import Key, Order
from services.partners.application.ports import Record
from shared.contracts.envelope import Event
from shared.errors import (
    Conflict,
    IdempotencyMismatch,
    Invalid,
    NotFound,
    PreconditionFailed,
    VersionConflict,
)
from shared.messaging.dead_letters import DeadLetters, Letter
from shared.sealing import Sealer
from shared.testing.clock import FixedClock
from tests.integration.partners.world import BASIS, MANAGER, SECRET, World

SEALER = Sealer(SECRET)


def told_about(world: World, contact: Record) -> list[Event]:
    """What the sender is told about a contact, in order."""
    return [event for event in world.publish() if event.subject == f"contacts/{contact['id']}"]


def attempt(action: Callable[[], Any]) -> Any:
    """What the action returns, or the refusal that it raises."""
    try:
        return action()
    except (Conflict, PreconditionFailed, VersionConflict) as error:
        return error


def test_a_new_contact_is_told_sealed(world: World) -> None:
    """Name and position in the contact's language, the address as mail servers take it, by a fingerprint."""
    contact = world.contact(
        world.partner(),
        salutation="คุณ",
        position={"th": "ผู้จัดการฝ่าย CSR", "en": "CSR manager"},
        language="en",
        address="Somchai@ตัวอย่าง.example.org",
        preferences={"quiet_hours": {"start": 20, "end": 7}},
    )

    (event,) = told_about(world, contact)

    assert event.type == "partners.contact.changed.v1"
    assert SEALER.open(event.data["sealed"]) == {
        "address": "Somchai@xn--72c1a1bt4awk9o.example.org",
        "name": "Somchai",
        "salutation": "คุณ",
        "position": "CSR manager",
        "by_hand": None,
        "source": "ทะเบียนภาคี",
    }
    assert {
        name: event.data[name] for name in ("language", "quiet_hours", "lawful_basis", "unsubscribed")
    } == {
        "language": "en",
        "quiet_hours": {"start": 20, "end": 7},
        "lawful_basis": "public_task",
        "unsubscribed": False,
    }
    assert event.data["fingerprint"] == SEALER.fingerprint("somchai@xn--72c1a1bt4awk9o.example.org")


def test_every_change_is_told_with_its_version(world: World) -> None:
    """The sender keeps the newest."""
    contact = world.contact(world.partner())
    world.use_cases.contacts.change(contact["id"], 1, {"unsubscribed": True}, MANAGER)
    withdrawn = {"alerts": {**BASIS["alerts"], "withdrawn_at": world.clock.now()}}
    world.use_cases.contacts.change(contact["id"], 2, {"lawful_bases": withdrawn}, MANAGER)

    events = told_about(world, contact)

    assert [event.id for event in events] == [f"{contact['id']}:{version}" for version in (1, 2, 3)]
    assert [(e.data["unsubscribed"], e.data["lawful_basis"]) for e in events] == [
        (False, "public_task"),
        (True, "public_task"),
        (True, None),
    ]


def test_somebody_without_an_address_is_told_without_fingerprint(world: World) -> None:
    """And any number of them may be without one."""
    partner = world.partner()
    first, second = world.contact(partner), world.contact(partner)

    (event,) = told_about(world, first)

    assert (event.data["fingerprint"], SEALER.open(event.data["sealed"])["address"]) == (None, None)
    assert first["id"] != second["id"]


@pytest.mark.parametrize("again", ["somchai@example.org", "SOMCHAI@Example.Org", " somchai@example.org"])
def test_one_address_is_one_contact(world: World, again: str) -> None:
    """However it is typed."""
    partner = world.partner()
    world.contact(partner, address="Somchai@example.org")

    with pytest.raises(Conflict) as refused:
        world.contact(partner, address=again.strip())

    assert refused.value.code == "address-taken"


def test_an_address_that_moves_to_another_contact_is_free_again(world: World) -> None:
    """Taken away from one, it may be given to another; taken by a change it is refused as well."""
    partner = world.partner()
    first = world.contact(partner, address="office@example.org")
    second = world.contact(partner, address="second@example.org")

    taken = attempt(
        lambda: world.use_cases.contacts.change(second["id"], 1, {"address": "Office@example.org"}, MANAGER)
    )
    world.use_cases.contacts.change(first["id"], 1, {"address": None}, MANAGER)
    changed = world.use_cases.contacts.change(second["id"], 1, {"address": "Office@example.org"}, MANAGER)

    assert taken.code == "address-taken"
    assert changed["address"] == "Office@example.org"


def test_of_two_at_once_one_gets_the_address(world: World) -> None:
    """The database decides, not the order of looking."""
    partner = world.partner()
    replicas = [world.replica() for _ in range(4)]
    body = {"name": {"th": "ก", "en": None}, "partner_ids": [partner], "address": "one@example.org"}

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda each: attempt(lambda: each.contacts.create(body, MANAGER)), replicas))

    assert sum(isinstance(outcome, dict) for outcome in outcomes) == 1
    assert {each.code for each in outcomes if isinstance(each, Conflict)} == {"address-taken"}


def test_a_repeated_creation_gets_the_first_answer(world: World) -> None:
    """Even after the contact changed; another body under the same key is refused."""
    partner = world.partner()
    body = {"name": {"th": "ก", "en": None}, "partner_ids": [partner], "address": "one@example.org"}
    order, other = (Order("manager", Key("key-1", request_hash)) for request_hash in ("one", "another"))
    first = world.use_cases.contacts.create(body, order)
    world.use_cases.contacts.change(first["id"], 1, {"language": "en"}, MANAGER)

    assert world.use_cases.contacts.create(body, order) == first
    with pytest.raises(IdempotencyMismatch):
        world.use_cases.contacts.create(body, other)
    assert len(told_about(world, first)) == 2


def test_the_same_creation_twice_at_once_is_one_contact(world: World) -> None:
    """An answer was lost and the request is sent again while the first is at work."""
    partner = world.partner()
    body = {"name": {"th": "ก", "en": None}, "partner_ids": [partner], "address": "one@example.org"}
    order = Order("manager", Key("key-1", "hash"))
    replicas = [world.replica() for _ in range(6)]

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda each: each.contacts.create(body, order), replicas))

    assert {answer["id"] for answer in answers} == {answers[0]["id"]}
    assert world.database.contacts.count_documents({}) == 1


def test_only_one_of_two_changes_of_one_version_is_stored(world: World) -> None:
    """The other learns that it looked at an older version."""
    contact = world.contact(world.partner())
    replicas = [world.replica() for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(
            pool.map(
                lambda each: attempt(
                    lambda: each.contacts.change(contact["id"], 1, {"language": "en"}, MANAGER)
                ),
                replicas,
            )
        )

    assert sum(isinstance(outcome, dict) for outcome in outcomes) == 1
    assert len(told_about(world, contact)) == 2


def test_a_basis_keeps_who_recorded_it_until_it_changes(world: World, clock: FixedClock) -> None:
    """A new retention is no new record; a new source is."""
    contact = world.contact(world.partner())
    recorded_at = contact["lawful_bases"]["alerts"]["recorded_at"]
    clock.advance(days=1)
    basis: dict[str, Any] = {**BASIS["alerts"], "retention_until": date(2027, 1, 31)}
    changes = world.use_cases.contacts
    other = Order("somebody else")

    kept = changes.change(contact["id"], 1, {"lawful_bases": {"alerts": basis}}, other)
    renewed = changes.change(
        contact["id"], 2, {"lawful_bases": {"alerts": {**basis, "source": "แบบฟอร์มใหม่"}}}, other
    )

    assert kept["lawful_bases"]["alerts"] == {
        **BASIS["alerts"],
        "recorded_at": recorded_at,
        "recorded_by": "manager",
        "retention_until": "2027-01-31",
        "withdrawn_at": None,
    }
    assert renewed["lawful_bases"]["alerts"]["recorded_by"] == "somebody else"
    assert renewed["lawful_bases"]["alerts"]["recorded_at"] == clock.now()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"partner_ids": ["unknown"]}, "/partner_ids/0"),
        ({"address": "not an address"}, "/address"),
    ],
)
def test_what_cannot_be_is_refused_whole(world: World, changes: dict[str, Any], field: str) -> None:
    """Nothing is half stored."""
    contact = world.contact(world.partner())

    with pytest.raises(Invalid) as refused:
        world.use_cases.contacts.change(contact["id"], 1, {"language": "en", **changes}, MANAGER)

    assert [error.field for error in refused.value.errors] == [field]
    assert world.use_cases.contacts.get(contact["id"])["version"] == 1


# Feedback ---------------------------------------------------------------------------------------


def test_a_dead_address_is_marked_and_told(world: World) -> None:
    """The contact is left out from now on, and its new version is known to the sender."""
    contact = world.contact(world.partner(), address="dead@example.org")

    world.use_cases.feedback.suppress(world.suppressed(contact))

    marked = world.use_cases.contacts.get(contact["id"])
    assert (marked["version"], marked["suppressed"]["why"]) == (2, "5.1.1")
    assert [event.version for event in told_about(world, contact)] == [1, 2]


def test_feedback_twice_or_late_changes_nothing_more(world: World, clock: FixedClock) -> None:
    """The newest word stays."""
    contact = world.contact(world.partner(), address="dead@example.org")
    newest = world.suppressed(contact, why="5.2.1", at=clock.now())
    older = world.suppressed(contact, why="5.1.1", at=clock.now() - timedelta(minutes=1))

    for event in (newest, newest, older):
        world.use_cases.feedback.suppress(event)

    marked = world.use_cases.contacts.get(contact["id"])
    assert (marked["version"], marked["suppressed"]["why"]) == (2, "5.2.1")


def test_feedback_about_an_address_that_was_replaced_is_ignored(world: World) -> None:
    """A late bounce of the old address says nothing about the new one."""
    contact = world.contact(world.partner(), address="old@example.org")
    late = world.suppressed(contact)
    world.use_cases.contacts.change(contact["id"], 1, {"address": "new@example.org"}, MANAGER)

    world.use_cases.feedback.suppress(late)
    world.use_cases.feedback.suppress(replace(late, data={**late.data, "contact_id": "nobody"}))

    assert world.use_cases.contacts.get(contact["id"])["suppressed"] is None


def test_a_new_address_is_not_suppressed_and_the_same_one_stays_so(world: World) -> None:
    """What was suppressed was the address, not the person."""
    contact = world.contact(world.partner(), address="dead@example.org")
    world.use_cases.feedback.suppress(world.suppressed(contact))
    contacts = world.use_cases.contacts

    same = contacts.change(contact["id"], 2, {"address": "DEAD@example.org"}, MANAGER)
    new = contacts.change(contact["id"], 3, {"address": "alive@example.org"}, MANAGER)

    assert same["suppressed"]["why"] == "5.1.1"
    assert new["suppressed"] is None


# Being forgotten --------------------------------------------------------------------------------


@pytest.mark.parametrize("published", [True, False])
def test_erasure_leaves_a_tombstone_and_nothing_else(world: World, published: bool) -> None:
    """No collection holds the name, the address or a sealed state any more."""
    contact = world.contact(
        world.partner(), name={"th": "สมหญิงเฉพาะ", "en": None}, address="only.her@example.org"
    )
    letters = DeadLetters(world.database)
    letters.keep(Letter("partners.feedback", "not-json", "", b'{"to": "Only.Her@example.org"'))
    letters.keep(Letter("partners.feedback", "not-json", "", contact["id"].encode()))
    letters.keep(Letter("partners.feedback", "not-json", "", b"somebody else"))
    if published:
        world.publish()

    tombstone = world.use_cases.forgetting.erase(contact["id"], 1, MANAGER)

    kept = repr([list(world.database[name].find()) for name in world.database.list_collection_names()])
    assert "สมหญิงเฉพาะ" not in kept and "only.her" not in kept.lower() and "gAAAA" not in kept
    assert "somebody else" in kept
    assert tombstone["version"] == 2
    erased = told_about(world, contact)[-1]
    assert (erased.type, erased.version) == ("partners.contact.erased.v1", 2)
    assert erased.data["fingerprint"] == SEALER.fingerprint("only.her@example.org")


def test_erased_once_is_erased(world: World) -> None:
    """Asked again the answer is the same, and nothing more is said; to everybody else it is gone."""
    contact = world.contact(world.partner(), address="her@example.org")
    forgetting, contacts = world.use_cases.forgetting, world.use_cases.contacts
    first = forgetting.erase(contact["id"], 1, MANAGER)

    assert forgetting.erase(contact["id"], 1, MANAGER) == first
    for action in (
        lambda: contacts.get(contact["id"]),
        lambda: contacts.change(contact["id"], 2, {"language": "en"}, MANAGER),
        lambda: forgetting.export(contact["id"]),
    ):
        with pytest.raises(NotFound):
            action()
    assert len(told_about(world, contact)) == 1  # what had not been published yet is forgotten too


def test_an_erased_address_may_be_given_to_somebody_else(world: World) -> None:
    """The tombstone does not hold it."""
    partner = world.partner()
    contact = world.contact(partner, address="office@example.org")
    world.use_cases.forgetting.erase(contact["id"], 1, MANAGER)

    assert world.contact(partner, address="office@example.org")["version"] == 1


def test_erasure_asks_for_the_version_that_was_seen(world: World) -> None:
    """Somebody else may have changed the contact meanwhile."""
    contact = world.contact(world.partner())
    world.use_cases.contacts.change(contact["id"], 1, {"language": "en"}, MANAGER)

    with pytest.raises(PreconditionFailed):
        world.use_cases.forgetting.erase(contact["id"], 1, MANAGER)


def test_what_comes_back_while_erasing_is_scrubbed_later(world: World, clock: FixedClock) -> None:
    """A relay that held a copy records it after the erasure; a while later it is gone for good."""
    contact = world.contact(world.partner(), address="her@example.org")
    world.publish()
    copy = world.database.events.find_one({"subject": f"contacts/{contact['id']}"})
    world.use_cases.forgetting.erase(contact["id"], 1, MANAGER)
    world.database.events.insert_one(copy)

    early = world.use_cases.forgetting.finish()
    clock.advance(minutes=6)
    finished = world.use_cases.forgetting.finish()

    assert (early, finished, world.use_cases.forgetting.finish()) == (0, 1, 0)
    assert world.database.events.count_documents({"subject": f"contacts/{contact['id']}"}) == 0


def test_an_export_holds_everything_in_clear(world: World) -> None:
    """The record, its history opened, audiences, roles, and messages that could not be read."""
    partner = world.partner("agency")
    contact = world.contact(partner, address="her@example.org")
    world.engage(partner, "coordinator", contact_id=contact["id"])
    told = world.event()
    world.handle(told)
    world.publish()
    world.use_cases.contacts.change(contact["id"], 1, {"unsubscribed": True}, MANAGER)
    left_out = world.event("milestone.cancelled")
    world.handle(left_out)
    DeadLetters(world.database).keep(Letter("partners.feedback", "not-json", "", contact["id"].encode()))

    export = world.use_cases.forgetting.export(contact["id"])

    assert export["contact"]["address"] == "her@example.org"
    assert [e["data"]["person"]["address"] for e in export["history"]] == ["her@example.org"] * 2
    assert [(each["event_id"], each["reasons"][0]["code"]) for each in export["told"]] == [
        (told.id, "coordinator")
    ]
    assert [(each["event_id"], each["why"]) for each in export["left_out"]] == [(left_out.id, "unsubscribed")]
    assert (len(export["engagements"]), len(export["dead_letters"])) == (1, 1)
