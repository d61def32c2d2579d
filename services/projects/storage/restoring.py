"""Projects and indicators after a restore: above every version that was ever given, and told again where
nobody heard."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from pymongo.database import Database

from services.projects.application.reminding import Reminders
from services.projects.domain.reminders import CLOSES, is_open
from services.projects.domain.snapshots import AreaWords
from services.projects.storage.plans import Indicators, Programmes, Projects
from shared.calendar import BANGKOK, is_working_day
from shared.clock import Clock
from shared.messaging.history import COLLECTION as HISTORY
from shared.messaging.saying_again import forget, say_again

_WITH_VERSION = ("projects", "indicators", "programmes")
_INDICATOR = "indicators/"
_ONE_DAY, _ONE_MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Said:
    """An event of the history: what it is about, and whether it may have an audience."""

    id: str
    type: str
    project_id: str
    aggregate: str
    version: int
    historic: bool

    @property
    def collection(self) -> str:
        return "projects" if self.aggregate == self.project_id else "indicators"


@dataclass(frozen=True)
class Standing:
    """A clock that does not move."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return 0.0


class RestoredProjects:
    """What a restore asks of this database and does to it; nobody else is at work."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._database = database

    def audiences(self) -> frozenset[str]:
        """The events of which the audience is known here."""
        return frozenset(d["_id"] for d in self._database["audiences"].find({}, {"_id": 1}))

    def outcomes(self) -> Mapping[str, int]:
        """Dispatch → the version of the outcome that is known here."""
        return {d["_id"]: d["version"] for d in self._database["outcomes"].find({}, {"version": 1})}

    def said(self) -> Iterator[Said]:
        """Every event of the history."""
        shown = {"type": 1, "subject": 1, "project_id": 1, "version": 1, "envelope.data.historic": 1}
        for found in self._database[HISTORY].find({}, shown):
            subject, project_id = str(found["subject"]), str(found["project_id"])
            aggregate = subject.removeprefix(_INDICATOR) if subject.startswith(_INDICATOR) else project_id
            historic = bool(found.get("envelope", {}).get("data", {}).get("historic"))
            yield Said(found["_id"], found["type"], project_id, aggregate, found["version"], historic)

    def forget_unfounded(self, heads: Collection[str], dispatches: Collection[str]) -> int:
        """What the other two databases, read before, cannot have said yet; and the history of what the
        documents here do not know. How many."""
        unknown = self.audiences() - set(heads)
        self._database["audiences"].delete_many({"_id": {"$in": sorted(unknown)}})
        unfounded = self.outcomes().keys() - set(dispatches)
        self._database["outcomes"].delete_many({"_id": {"$in": sorted(unfounded)}})
        versions = self._versions()
        ahead = [event.id for event in self.said() if event.version > versions.get(event.aggregate, 0)]
        return len(unknown) + len(unfounded) + forget(self._database, ahead)

    def say_again(self, events: Collection[Said]) -> int:
        return sum(
            say_again(
                self._database,
                name,
                {event.id: event.aggregate for event in events if event.collection == name},
            )
            for name in ("projects", "indicators")
        )

    def leap(self, base: int) -> None:
        """Everything to the version `base`. Milestones keep theirs: they are the project's at their time."""
        for name in _WITH_VERSION:
            self._database[name].update_many({"version": {"$lt": base}}, {"$set": {"version": base}})

    def raise_what_time_made(self, now: datetime, words: AreaWords, opens: time) -> int:
        """What time made of the milestones until `now` may have been told after the backup: raised here, it
        is older than the restore and held back like everything that is. How many events."""
        clock: Clock = Standing(last_open(now, opens))
        database = self._database
        stores = Projects(database["projects"]), Indicators(database["indicators"])
        return Reminders(*stores, Programmes(database["programmes"]), clock, words, opens).sweep()

    def _versions(self) -> Mapping[str, int]:
        return {
            d["_id"]: d["version"]
            for name in ("projects", "indicators")
            for d in self._database[name].find({}, {"version": 1})
        }


def last_open(now: datetime, opens: time) -> datetime:
    """The last instant until `now` at which time made events: now itself, or the end of an office day."""
    if is_open(now, opens):
        return now
    local = now.astimezone(BANGKOK)
    day = local.date() if local.time() >= CLOSES else local.date() - _ONE_DAY
    while not is_working_day(day):
        day -= _ONE_DAY
    return datetime.combine(day, CLOSES, BANGKOK) - _ONE_MINUTE
