"""The books in which the lanes of a process write down their windows."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.database import Database

from services.notifications.domain.lanes import LaneRecord
from services.notifications.storage.windows import WindowBooks, lane_name
from shared.errors import DependencyDown
from tests.unit.notifications.scenes import NOW


class Watched:
    """A collection whose first replacement waits for `go`, and which counts what each one changes."""

    def __init__(self, collection: Collection[Any]) -> None:
        self.collection = collection
        self.go, self.begun = threading.Event(), threading.Event()
        self.windows: list[int] = []
        self.error: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.collection, name)

    def replace_one(self, condition: Any, document: Any) -> Any:
        self.windows.append(sum(bool(entry) for entry in document["lanes"].values()))
        self.begun.set()
        assert self.go.wait(10)
        if self.error:
            raise self.error
        return self.collection.replace_one(condition, document)


@pytest.fixture
def watched(database: Database[Any]) -> Watched:
    return Watched(database["lanes"])


@pytest.fixture
def books(watched: Watched) -> WindowBooks:
    """With five lanes of one book."""
    made = WindowBooks(watched)  # type: ignore[arg-type]
    assert all(made.add(lane_name("book", number), NOW) for number in range(5))
    return made


RECORDS = [LaneRecord(f"book/{n}", f"claim {n}", {}, ((f"e:1:0:{n}", 0),)) for n in range(5)]


def test_windows_asked_for_during_a_write_are_written_together(books: WindowBooks, watched: Watched) -> None:
    """The first is on its way alone; the four that ask meanwhile go with the next."""
    with ThreadPoolExecutor(len(RECORDS)) as lanes:
        first = lanes.submit(books.open, RECORDS[0])
        assert watched.begun.wait(10)
        others = [lanes.submit(books.open, record) for record in RECORDS[1:]]
        while len(books._own["book"]._asked) < len(others):
            threading.Event().wait(0.01)
        watched.go.set()
        assert first.result() and all(other.result() for other in others)
    assert watched.windows == [1, 5]
    assert [books.fence(record.lane, NOW) for record in RECORDS] == RECORDS


def test_a_fence_holds_for_every_lane_of_the_book(books: WindowBooks, watched: Watched) -> None:
    """What they wrote stays to be read; a new lane needs a new book."""
    watched.go.set()
    assert all(books.open(record) for record in RECORDS[:2])
    another = WindowBooks(watched.collection)
    assert another.fence("book/1", NOW) == RECORDS[1]
    assert not books.open(RECORDS[0])
    assert another.fence("book/0", NOW) == RECORDS[0]
    assert not books.add("book/9", NOW)
    assert books.add("next/1", NOW)
    assert books.open(LaneRecord("next/1", "claim"))


def test_a_write_that_fails_opens_nobodys_window(books: WindowBooks, watched: Watched) -> None:
    """All who asked are told, and the next write says nothing of what was not opened."""
    watched.go.set()
    assert books.open(RECORDS[0])
    watched.error = DependencyDown("database", "gone")
    with pytest.raises(DependencyDown):
        books.open(RECORDS[1])
    watched.error = None
    assert books.open(RECORDS[2])
    assert books.fence("book/1", NOW) == LaneRecord("book/1")


def test_a_book_may_have_been_stored_although_the_answer_was_lost(database: Database[Any]) -> None:
    """The database went away in between: adding the lane once more finds the book and goes on."""
    database.lanes.insert_one({"_id": "book", "lanes": {}})
    books = WindowBooks(database["lanes"])
    assert books.add("book/1", NOW)
    assert books.open(LaneRecord("book/1", "claim"))


def test_a_book_goes_with_its_last_lane(books: WindowBooks, database: Database[Any]) -> None:
    """And fenced ones of others after a month."""
    for number in range(4):
        books.remove(f"book/{number}")
    assert database.lanes.count_documents({}) == 1
    books.remove("book/4")
    assert database.lanes.count_documents({}) == 0
    database.lanes.insert_one({"_id": "old", "lanes": {}, "fenced": NOW - timedelta(days=31)})
    books.add("next/1", NOW)
    assert [book["_id"] for book in database.lanes.find()] == ["next"]
