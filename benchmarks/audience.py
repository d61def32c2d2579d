"""The audience of an event with 500 matches, among ever more contacts: does it cost by who matches?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from rich.console import Console

from benchmarks.sink import Sink
from benchmarks.system import CONTACTS_A_PARTNER, Milestone, System

MATCHES = 500
TIMES = 15
BATCH = 5_000
Document = dict[str, Any]


def measure(largest: int, console: Console) -> dict[str, Any]:
    """Median milliseconds of resolving one audience, by the number of contacts that exist."""
    sizes = [size for size in (1_000, 10_000, 100_000) if size <= largest]
    taken: dict[str, float] = {}
    with Sink() as sink, System(sink.port, MATCHES) as system:
        milestone = system.new_milestone()
        system.rest()
        with MongoClient[Document](system.stack.database.uri("partners")) as client:
            crowd = Crowd(client.get_default_database())
            for size in sizes:
                console.print(f"audience of {MATCHES} among {size:,} contacts")
                crowd.grow_to(size)
                taken[str(size)] = _resolve(system, milestone)
    return {"audience_ms": taken}


class Crowd:
    """People who exist and do not care: copies of those who do, with interests of their own."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._partner = _one(database, "partners")
        self._contact = _one(database, "contacts")
        self._subscription = _one(database, "subscriptions")
        self._size = MATCHES

    def grow_to(self, size: int) -> None:
        """Until there are so many contacts in all."""
        for start in range(self._size, size, BATCH):
            numbers = range(start, min(start + BATCH, size))
            partners = [n for n in numbers if n % CONTACTS_A_PARTNER == 0]
            self._database.partners.insert_many([{**self._partner, "_id": _name("P", n)} for n in partners])
            self._database.subscriptions.insert_many(list(self._subscriptions(partners)))
            self._database.contacts.insert_many(list(self._contacts(numbers)))
        self._size = size

    def _subscriptions(self, partners: list[int]) -> Iterator[Document]:
        for number in partners:
            keys = [key.replace("environment", "tourism") for key in self._subscription["keys"]]
            assert keys != self._subscription["keys"], "a crowd that matches measures something else"
            yield {
                **self._subscription,
                "_id": _name("S", number),
                "partner_id": _name("P", number),
                "keys": keys,
            }

    def _contacts(self, numbers: range) -> Iterator[Document]:
        for number in numbers:
            partner = _name("P", number - number % CONTACTS_A_PARTNER)
            yield {
                **self._contact,
                "_id": _name("C", number),
                "partner_ids": [partner],
                "address": f"crowd{number}@example.org",
                "fingerprint": f"crowd{number}",
            }


def _resolve(system: System, milestone: Milestone) -> float:
    """Median milliseconds of a preview, which resolves the whole audience."""
    body = {"event_type": "projects.milestone.reached.v1", "milestone_id": milestone.id}
    taken = []
    for _ in range(TIMES):
        began = time.monotonic()
        answer = system.services.post("partners", "/v1/audience/preview?limit=1", body)
        taken.append((time.monotonic() - began) * 1000)
        assert answer["relevant"] == MATCHES, answer
    return round(median(taken), 2)


def _one(database: Database[Document], collection: str) -> Document:
    document = database[collection].find_one({"outbox": {"$exists": False}})
    assert document is not None
    return document


def _name(letter: str, number: int) -> str:
    """Something as long as a ULID."""
    return f"{letter}{number:025d}"
