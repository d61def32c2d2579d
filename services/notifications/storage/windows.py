"""The windows that the lanes of a process open, written down together.

A durable write takes as long for one window as for several: whoever writes takes along what other lanes
asked for meanwhile. So the lanes of a process share one document, a book, and a fence holds for all of them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.collection import Collection

from services.notifications.domain.lanes import LaneRecord, brief, from_brief
from shared.errors import DependencyDown
from shared.mongo import database_errors

Document = dict[str, Any]

_KEPT = timedelta(days=30)  # after a fence


def lane_name(book: str, number: int) -> str:
    """`{book}/{number}`"""
    return f"{book}/{number}"


@dataclass
class _Asked:
    number: str
    entry: Document
    answer: bool | DependencyDown | None = None


class WindowBooks:
    """The books of a collection; those of this process are written, those of others only fenced."""

    def __init__(self, collection: Collection[Document]) -> None:
        self._collection = collection  # journaled
        self._own: dict[str, _Book] = {}

    def add(self, lane: str, now: datetime) -> bool:
        """False: its book was fenced, and takes no lane any more."""
        name, _, number = lane.partition("/")
        if name not in self._own:
            with database_errors():
                # Not just an insert: it may have been stored although the answer was lost.
                self._collection.update_one({"_id": name}, {"$setOnInsert": {"lanes": {}}}, upsert=True)
                self._collection.delete_many({"fenced": {"$lt": now - _KEPT}})
            self._own[name] = _Book(self._collection, name)
        return self._own[name].add(number)

    def remove(self, lane: str) -> None:
        """The book goes with its last lane."""
        name, _, number = lane.partition("/")
        if name in self._own and self._own[name].remove(number):
            with database_errors():
                self._collection.delete_one({"_id": name})
            del self._own[name]

    def open(self, record: LaneRecord) -> bool:
        name, _, number = record.lane.partition("/")
        return name in self._own and self._own[name].open(number, record)

    def fence(self, lane: str, now: datetime) -> LaneRecord | None:
        name, _, number = lane.partition("/")
        with database_errors():
            self._collection.update_one({"_id": name, "fenced": None}, {"$set": {"fenced": now}})
            found = self._collection.find_one({"_id": name})
        return _record(lane, found["lanes"].get(number, {})) if found else None


class _Book:
    """One document, written by nobody else until it is fenced."""

    def __init__(self, collection: Collection[Document], name: str) -> None:
        self._collection = collection
        self._name = name
        self._entries: dict[str, Document] = {}  # as they are stored
        self._asked: list[_Asked] = []
        self._writing = threading.Lock()
        self._fenced = False

    def add(self, number: str) -> bool:
        self._entries[number] = {}
        return not self._fenced

    def remove(self, number: str) -> bool:
        """Whether it was the last."""
        self._entries.pop(number, None)
        return not self._entries

    def open(self, number: str, record: LaneRecord) -> bool:
        """Raises DependencyDown: then the window is not open, though the database may have stored it."""
        if number not in self._entries:
            return False
        asked = _Asked(number, _entry(record))
        self._asked.append(asked)
        with self._writing:
            if asked.answer is None:
                self._write()
        if isinstance(asked.answer, DependencyDown):
            raise DependencyDown(asked.answer.dependency, asked.answer.cause)
        return bool(asked.answer)

    def _write(self) -> None:
        together, self._asked = self._asked, []
        entries = self._entries | {asked.number: asked.entry for asked in together}
        answer: bool | DependencyDown = False
        try:
            answer = self._stored(entries)
        except DependencyDown as error:
            answer = error
        finally:
            for asked in together:
                asked.answer = answer

    def _stored(self, entries: dict[str, Document]) -> bool:
        with database_errors():
            result = self._collection.replace_one({"_id": self._name, "fenced": None}, {"lanes": entries})
        if result.matched_count:
            self._entries = entries
        else:
            self._fenced = True
        return not self._fenced


def _entry(record: LaneRecord) -> Document:
    """In two texts, since it is written for every five mails."""
    return {
        "claim": record.claim,
        "results": "\n".join(brief(record.results)),
        "window": "\n".join(f"{dispatch}|{position}" for dispatch, position in record.window),
    }


def _record(lane: str, entry: Mapping[str, Any]) -> LaneRecord:
    places = (place.rpartition("|") for place in entry.get("window", "").splitlines())
    return LaneRecord(
        lane,
        entry.get("claim", ""),
        from_brief(entry.get("results", "").splitlines()),
        tuple((dispatch, int(position)) for dispatch, _, position in places),
    )
