"""An occasion: the part of an event that decides who hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.partners.domain.relevance import short_type
from shared.areas import areas, meeting


@dataclass(frozen=True)
class Occasion:
    """What happened, where, in which project and who may see it.

    `event_type` is the short one, as `milestone.reached`; `concerns` are the events whose audience must
    hear of this one as well; `steps` are the days for which an event made by time stands.
    """

    event_type: str
    project_id: str
    milestone_id: str | None
    visibility: str
    programme: str | None
    missions: tuple[int, ...]
    sectors: tuple[str, ...]
    areas: tuple[str, ...]
    concerns: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()

    def facets(self) -> dict[str, tuple[object, ...]]:
        """The values that a subscription may name to hear of this, facet by facet."""
        return {
            "project": (self.project_id,),
            "programme": (self.programme,) if self.programme else (),
            "mission": self.missions,
            "area": tuple(sorted(self.meeting_areas())),
            "sector": self.sectors,
            "event_type": (self.event_type,),
        }

    def meeting_areas(self) -> frozenset[str]:
        """Every area that somebody may ask for and thereby hear of this."""
        # An area that the province does not have meets nobody, and must not turn into "everywhere".
        known = [area for area in self.areas if area in areas()]
        return meeting(known) if known or not self.areas else frozenset()


def occasion_of(event_type: str, data: Mapping[str, Any]) -> Occasion:
    """The occasion in the data of an event about a project or one of its milestones."""
    project = data["project"]
    facets = project["facets"]
    return Occasion(
        event_type=short_type(event_type),
        project_id=project["id"],
        milestone_id=(data.get("milestone") or {}).get("id"),
        visibility=project["visibility"],
        programme=facets.get("programme"),
        missions=tuple(facets["missions"]),
        sectors=tuple(facets["sectors"]),
        areas=tuple(facets["areas"]),
        concerns=tuple(data.get("concerns") or ()),
        steps=tuple(data.get("steps") or ()),
    )
