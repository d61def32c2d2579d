"""The audience of an event that has not happened: who, why, when, and who not and why. Stores nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.partners.application.ports import Audiences, Directory, Projection, Record
from services.partners.application.resolving import Resolver
from services.partners.domain.audience import Audience, LeftOut, Relevant
from services.partners.domain.occasion import Occasion, occasion_of
from services.partners.domain.relevance import ALERTS, full_type
from services.partners.domain.timing import when
from shared.clock import Clock
from shared.contracts.registry import EVENT_TYPES
from shared.errors import FieldError, Invalid, NotFound
from shared.preferences import preferences_of, way_of


class Previewer:
    """Answers "who would be told if this were reported now?"."""

    def __init__(
        self,
        resolver: Resolver,
        directory: Directory,
        audiences: Audiences,
        projection: Projection,
        hold: timedelta,
        clock: Clock,
    ) -> None:
        self._resolver = resolver
        self._directory = directory
        self._audiences = audiences
        self._projection = projection
        self._hold = hold
        self._clock = clock

    def preview(self, given: Mapping[str, Any], after: str | None, limit: int) -> Record:
        """One page of everybody concerned, by contact id. Raises Invalid, NotFound."""
        now = self._clock.now()
        event_type = full_type(given["event_type"])
        occasion = occasion_of(event_type, self._data(event_type, given))
        audience = self._resolver.resolve(occasion, now)
        concerned: list[Relevant | LeftOut] = [*audience.relevant, *audience.left_out]
        following = sorted((c for c in concerned if c.contact_id > (after or "")), key=_by_id)
        return {
            **_summary(occasion, audience),
            "items": self._described(following[:limit], occasion.event_type, now),
            "next": following[limit - 1].contact_id if len(following) > limit else None,
        }

    def _data(self, event_type: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The snapshot that was given, or the newest that is known of the milestone or project."""
        if given.get("data") is not None:
            return _checked(event_type, given["data"])
        if given.get("milestone_id"):
            return self._known_milestone(given["milestone_id"])
        project = self._projection.project(given["project_id"])
        if project is None:
            raise NotFound("project-not-known")
        return {"project": project}

    def _known_milestone(self, milestone_id: str) -> Mapping[str, Any]:
        milestone = self._projection.milestone(milestone_id)
        project = self._projection.project(milestone["project_id"]) if milestone else None
        if milestone is None or project is None:
            raise NotFound("milestone-not-known")
        concerns = self._audiences.concerning(milestone_id, [full_type(name) for name in ALERTS])
        return {"project": project, "milestone": milestone["milestone"], "concerns": concerns}

    def _described(self, concerned: list[Relevant | LeftOut], event_type: str, now: datetime) -> list[Record]:
        people = self._directory.people([each.contact_id for each in concerned])
        return [
            self._one(each, people[each.contact_id], event_type, now)
            for each in concerned
            if each.contact_id in people
        ]

    def _one(self, each: Relevant | LeftOut, person: Record, event_type: str, now: datetime) -> Record:
        described = {
            "contact_id": each.contact_id,
            "name": person["name"],
            "position": person.get("position"),
            "language": person["language"],
            "reasons": [reason.to_dict() for reason in each.reasons],
            "relevant": isinstance(each, Relevant),
            "why_not": None if isinstance(each, Relevant) else each.why,
            "when": None,
        }
        if isinstance(each, Relevant):
            chosen = person["preferences"]
            way = way_of(preferences_of(chosen), event_type, described["reasons"])
            told = when(now, self._hold, chosen.get("quiet_hours"), person["has_address"], way)
            described["when"] = {"how": told.how, "at": told.at}
        return described


def _by_id(concerned: Relevant | LeftOut) -> str:
    return concerned.contact_id


def _checked(event_type: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    errors = EVENT_TYPES[event_type]().validate(dict(data))
    if errors:
        raise Invalid(errors=[FieldError(f"/data/{name}", "wrong-value") for name in sorted(errors)])
    return data


def _summary(occasion: Occasion, audience: Audience) -> Record:
    return {
        "event_type": occasion.event_type,
        "project_id": occasion.project_id,
        "milestone_id": occasion.milestone_id,
        "visibility": occasion.visibility,
        "relevant": len(audience.relevant),
        "left_out": dict(Counter(each.why for each in audience.left_out)),
    }
