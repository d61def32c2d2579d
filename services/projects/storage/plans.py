"""Programmes, projects and indicators in MongoDB, and the lists that are asked of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from services.projects.application.ports import Loaded, MilestoneFilter, Page, ProjectFilter, Reader
from services.projects.domain.indicators import Indicator
from services.projects.domain.milestones import Milestone
from services.projects.domain.projects import Programme, Project
from services.projects.domain.reminders import wakes_on
from services.projects.domain.shapes import from_plain
from services.projects.domain.texts import folded
from services.projects.storage.aggregates import AggregateStore
from services.projects.storage.documents import Document
from shared.areas import meeting
from shared.calendar import local_day
from shared.mongo import database_errors

_NOT_LISTED = {"outbox": 0, "requests": 0, "made_by": 0}


class Programmes(AggregateStore[Programme]):
    """Few, so that a list is all of them."""

    shape = Programme

    def all(self) -> Sequence[Programme]:
        with database_errors():
            documents = list(self._collection.find({}, _NOT_LISTED).sort([("created_at", 1), ("_id", 1)]))
        return [self.aggregate_of(document) for document in documents]


class Indicators(AggregateStore[Indicator]):
    """Each of one project."""

    shape = Indicator

    def ensure_indexes(self) -> None:
        super().ensure_indexes()
        self._collection.create_index("project_id")

    def of_project(self, project_id: str) -> Mapping[str, Indicator]:
        condition = {"project_id": project_id}
        with database_errors():
            documents = list(
                self._collection.find(condition, _NOT_LISTED).sort([("created_at", 1), ("_id", 1)])
            )
        return {document["_id"]: self.aggregate_of(document) for document in documents}


class Projects(AggregateStore[Project]):
    """With their milestones inside, `search`, the titles as a search compares them, and `wakes_on`, the
    first day on which time may make an event of one of the milestones."""

    shape = Project

    def ensure_indexes(self) -> None:
        super().ensure_indexes()
        for name in ("milestones.id", "milestones.due_date", "programme_id", "coordinator.id", "wakes_on"):
            self._collection.create_index(name)
        # What was stored before there was such a day is looked at once.
        self._collection.update_many({"wakes_on": None}, {"$set": {"wakes_on": date.min.isoformat()}})

    def derived_from(self, project: Project) -> Document:
        titles = (project.title.th, project.title.en or "")
        wakes = wakes_on(project, local_day(project.updated_at))
        return {"search": "\n".join(map(folded, titles)), "wakes_on": wakes.isoformat()}

    def waking(self, today: date, after: str, limit: int) -> Sequence[str]:
        condition = {"wakes_on": {"$lte": today.isoformat()}, "_id": {"$gt": after}}
        with database_errors():
            found = self._collection.find(condition, {"_id": 1}).sort("_id", 1).limit(limit)
            return [document["_id"] for document in found]

    def sleep(self, project: Project, until: date) -> None:
        as_seen = {"_id": project.id, "version": project.version}
        with database_errors():
            self._collection.update_one(as_seen, {"$set": {"wakes_on": until.isoformat()}})

    def with_milestone(self, milestone_id: str) -> Loaded[Project]:
        """Raises NotFound, DependencyDown."""
        return self._load({"milestones.id": milestone_id})

    def page(self, wanted: ProjectFilter, reader: Reader, after: str | None, limit: int) -> Page[Project]:
        conditions = [*_wanted(wanted), *_readable(reader)]
        if after is not None:
            conditions.append({"_id": {"$gt": after}})
        with database_errors():
            cursor = self._collection.find(_all(conditions), _NOT_LISTED).sort("_id", 1).limit(limit + 1)
            found = [self.aggregate_of(document) for document in cursor]
        return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)

    def milestones(
        self, wanted: MilestoneFilter, reader: Reader, after: str | None, limit: int
    ) -> Page[tuple[str, Milestone]]:
        inside = _all([*_wanted_milestones(wanted), *_behind(after)])
        pipeline: list[Document] = [
            {"$match": _all([*_holding(wanted), *_readable(reader)])},
            {"$unwind": "$milestones"},
            {"$project": {"milestones": 1}},
            *([{"$match": inside}] if inside else []),
            {"$sort": {"milestones.due_date": 1, "milestones.id": 1}},
            {"$limit": limit + 1},
        ]
        with database_errors():
            found = [
                (document["_id"], from_plain(Milestone, document["milestones"]))
                for document in self._collection.aggregate(pipeline)
            ]
        return Page(found[:limit], _cursor(found[limit - 1][1]) if len(found) > limit else None)


def _all(conditions: Sequence[Document]) -> Document:
    return {"$and": list(conditions)} if conditions else {}


def _readable(reader: Reader) -> Iterable[Document]:
    if not reader.everything:
        yield {"$or": [{"visibility": {"$ne": "internal"}}, {"coordinator.id": reader.subject}]}


def _wanted(wanted: ProjectFilter) -> Iterable[Document]:
    exactly = {
        "programme_id": wanted.programme,
        "missions": wanted.mission,
        "status": wanted.status,
        "fiscal_year": wanted.fiscal_year,
        "visibility": wanted.visibility,
        "coordinator.id": wanted.coordinator,
    }
    yield from ({name: value} for name, value in exactly.items() if value is not None)
    if wanted.area is not None:  # a district's list has its sub-districts' projects and the province's
        yield {"areas": {"$in": sorted(meeting([wanted.area]))}}
    if wanted.q is not None:
        yield {"search": {"$regex": re.escape(folded(wanted.q))}}


def _holding(wanted: MilestoneFilter) -> Iterable[Document]:
    """Projects that may have such a milestone."""
    if wanted.project is not None:
        yield {"_id": wanted.project}
    if wanted.due_before is not None:
        yield {"milestones.due_date": {"$lt": wanted.due_before.isoformat()}}


def _wanted_milestones(wanted: MilestoneFilter) -> Iterable[Document]:
    if wanted.status is not None:
        yield {"milestones.status": wanted.status}
    if wanted.due_before is not None:
        yield {"milestones.due_date": {"$lt": wanted.due_before.isoformat()}}


def _behind(after: str | None) -> Iterable[Document]:
    """A cursor is the due date and the id of the last milestone seen."""
    if after is None:
        return
    due_date, _, milestone_id = after.partition(":")
    yield {
        "$or": [
            {"milestones.due_date": {"$gt": due_date}},
            {"milestones.due_date": due_date, "milestones.id": {"$gt": milestone_id}},
        ]
    }


def _cursor(milestone: Milestone) -> str:
    return f"{milestone.due_date.isoformat()}:{milestone.id}"
