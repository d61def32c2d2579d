"""Resolving an audience costs by what matches, not by what exists: asserted on plans, never on time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandListener, CommandStartedEvent, CommandSucceededEvent

from services.partners.domain.occasion import occasion_of
from services.partners.storage.directory import IDS_AT_ONCE, KEYS_AT_ONCE, MongoDirectory
from tests.integration.partners.world import World
from tests.unit.partners.occasions import event_data

QUESTIONS = ("find", "getMore")


class Listener(CommandListener):
    """Keeps the questions and how many documents came back."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answered = 0

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name in QUESTIONS:
            self.asked.append(dict(event.command))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        if event.command_name in QUESTIONS:
            cursor = event.reply["cursor"]
            self.answered += len(cursor.get("firstBatch", cursor.get("nextBatch", ())))

    def failed(self, event: Any) -> None: ...


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def watched(world: World, database_uri: str, listener: Listener) -> Iterator[World]:
    """The world seen through a client that listens."""
    with MongoClient(database_uri, event_listeners=[listener], tz_aware=True) as client:
        seen = World(client.get_default_database(), world.clock)
        listener.asked.clear()
        listener.answered = 0
        yield seen


def fill(world: World, matching: int, others: int) -> None:
    """Partners with one contact and one subscription each, of which some meet the event."""
    meeting = world.subscribe(world.partner(), area=["5101"])
    elsewhere = world.subscribe(world.partner(), area=["5102"])
    for keys, prefix, count in ((meeting, "m", matching), (elsewhere, "o", others)):
        template = world.database.subscriptions.find_one({"_id": keys["id"]})
        partner = world.database.partners.find_one({"_id": keys["partner_id"]})
        ids = [f"{prefix}{i:05d}" for i in range(count)]
        if not ids:
            continue
        world.database.partners.insert_many([{**partner, "_id": each} for each in ids])
        world.database.subscriptions.insert_many(
            [{**template, "_id": each, "partner_id": each} for each in ids]
        )
        world.database.contacts.insert_many(
            [{"_id": each, "version": 1, "partner_ids": [each], "lawful_bases": {}} for each in ids]
        )


def questions(listener: Listener, world: World) -> tuple[int, int]:
    """(questions asked, documents returned) for one event."""
    listener.asked.clear()
    listener.answered = 0
    event = world.event()
    occasion = occasion_of(event.type, event.data)
    world.use_cases.resolver.resolve(occasion, world.clock.now())
    return len(listener.asked), listener.answered


def test_what_does_not_match_is_neither_asked_for_nor_returned(watched: World, listener: Listener) -> None:
    """Two thousand more partners, contacts and subscriptions change nothing."""
    fill(watched, matching=120, others=0)
    few = questions(listener, watched)
    for collection in ("partners", "subscriptions", "contacts"):
        template = watched.database[collection].find_one({"_id": "m00000"})
        others = [{**template, "_id": f"o{i:05d}"} for i in range(2_000)]
        for other in others:
            other |= {"keys": ["*|*|*|5102|*|*"]} if collection == "subscriptions" else {}
            other |= {"partner_ids": [other["_id"]]} if collection == "contacts" else {}
        watched.database[collection].insert_many(others)

    many = questions(listener, watched)

    assert many == few


def test_every_question_is_answered_by_an_index(watched: World, listener: Listener) -> None:
    """No plan scans a collection, but for the few dozen shapes."""
    fill(watched, matching=60, others=60)
    questions(listener, watched)
    asked = [q for q in listener.asked if "find" in q and q["find"] != "subscription_shapes"]

    plans = [
        watched.database.command(
            "explain", {"find": q["find"], "filter": q["filter"]}, verbosity="queryPlanner"
        )
        for q in asked
    ]

    assert {q["find"] for q in asked} >= {"subscriptions", "engagements", "partners", "contacts"}
    assert not [plan for plan in plans if "COLLSCAN" in str(plan["queryPlanner"]["winningPlan"])]


def test_lists_are_chunked(watched: World, listener: Listener) -> None:
    """However much is asked for, no list is longer than both servers like."""
    fill(watched, matching=120, others=0)
    questions(listener, watched)
    lists = [
        (q["find"], len(value["$in"]))
        for q in listener.asked
        for value in q.get("filter", {}).values()
        if isinstance(value, dict) and "$in" in value
    ]

    assert max(length for name, length in lists if name == "subscriptions") <= KEYS_AT_ONCE
    assert max(length for name, length in lists if name != "subscriptions") <= IDS_AT_ONCE


def test_an_event_asks_only_for_shapes_that_exist(watched: World, listener: Listener) -> None:
    """A province-wide event with many facets would else ask for thousands of keys."""
    watched.subscribe(watched.partner(), mission=[5])
    facets = {"programme": "eco-town", "missions": [1, 2, 3, 4, 5, 6], "sectors": ["health"], "areas": ["51"]}
    occasion = occasion_of("projects.milestone.reached.v1", event_data(project={"facets": facets}))
    directory = MongoDirectory(watched.database)

    watched.use_cases.resolver.resolve(occasion, watched.clock.now())

    keys = [
        key for q in listener.asked if q.get("find") == "subscriptions" for key in q["filter"]["keys"]["$in"]
    ]
    assert directory.shapes() == ["--m---"]
    assert len(keys) == 6


def test_only_what_decides_is_fetched_of_a_contact(watched: World, listener: Listener) -> None:
    """Neither names nor addresses travel while an audience is resolved."""
    fill(watched, matching=3, others=0)
    questions(listener, watched)

    (projection,) = [q["projection"] for q in listener.asked if q.get("find") == "contacts"]

    assert not {"name", "address", "by_hand"} & set(projection)
