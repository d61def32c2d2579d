"""Compares what was said with what came of it, and has the missing said again under its own id.

It reads only REST: projects' published events, partners' audiences, notifications' dispatches. Whoever
already knows a republished event does nothing, so a wrong suspicion costs a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from shared.clock import to_timestamp
from shared.errors import DependencyDown
from shared.messaging.retention import RETENTION

OLDER_THAN = timedelta(minutes=10)  # younger events may still be on their way
YOUNGER_THAN = RETENTION  # beyond it nobody remembers what was handled
PAGE = 200

# The events of which partners makes an audience, be it an empty one.
WITH_AUDIENCE = (
    "projects.milestone.reached.v1",
    "projects.milestone.rescheduled.v1",
    "projects.milestone.cancelled.v1",
    "projects.milestone.corrected.v1",
    "projects.milestone.recalled.v1",
    "projects.milestone.due_soon.v1",
    "projects.milestone.overdue.v1",
    "projects.milestone.updated.v1",
    "projects.project.updated.v1",
    "projects.project.started.v1",
    "projects.project.completed.v1",
    "projects.indicator.measured.v1",
)


@dataclass(frozen=True)
class Gap:
    """An event of which something is missing, what, and the service that must say it again."""

    event_id: str
    missing: str
    republish_at: str


@dataclass(frozen=True)
class Found:
    """What the three services know of one event.

    `audience` is None where partners knows none; `pages` and `recipients` say how much of it
    notifications has recorded.
    """

    event: Mapping[str, Any]
    audience: Mapping[str, Any] | None
    pages: int = 0
    recipients: int = 0


def gap(found: Found) -> Gap | None:
    """What is missing of one event, if anything is."""
    event_id = found.event["id"]
    data = found.event["data"]
    hidden_figure = "indicator_id" in data and (data["value"] is None or not data.get("project"))
    if data.get("historic") or hidden_figure:
        return None
    if found.audience is None:
        return Gap(event_id, "audience", "projects")
    if not found.audience["complete"]:
        return Gap(event_id, "rest_of_audience", "projects")
    if found.pages < found.audience["pages"] or found.recipients < found.audience["relevant"]:
        return Gap(event_id, "deliveries", "partners")
    return None


class Reconciler:
    """`client` signs its requests as an operator; `urls` are the base URLs of projects, partners and
    notifications by these names."""

    def __init__(self, client: httpx.Client, urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = urls

    def compare(
        self, now: datetime, older_than: timedelta = OLDER_THAN, younger_than: timedelta = YOUNGER_THAN
    ) -> Iterator[tuple[str, Gap | None]]:
        """The id of each event in question, with its gap or None. Raises DependencyDown."""
        for event in self._events(now - older_than, now - younger_than):
            yield event["id"], gap(self._look_up(event))

    def republish(self, found: Gap) -> None:
        """Raises DependencyDown."""
        path = f"/v1/events/{quote(found.event_id, safe='')}/republish"
        response = self._request(found.republish_at, "POST", path)
        if not response.is_success:
            raise DependencyDown(found.republish_at, f"{response.status_code} from {path}")

    def _events(self, older_than: datetime, younger_than: datetime) -> Iterator[Mapping[str, Any]]:
        window = {"older_than": to_timestamp(older_than), "younger_than": to_timestamp(younger_than)}
        for answer in self._answers("projects", "/v1/events", types=",".join(WITH_AUDIENCE), **window):
            yield from answer["items"]

    def _look_up(self, event: Mapping[str, Any]) -> Found:
        audience = self._get("partners", f"/v1/audiences/{quote(event['id'], safe='')}", limit=1)
        if audience is None:
            return Found(event, None)
        answers = list(self._answers("notifications", "/v1/dispatches", event=event["id"]))
        recipients = sum(dispatch["recipients"] for answer in answers for dispatch in answer["items"])
        return Found(event, audience, len(answers[0]["pages"]) if answers else 0, recipients)

    def _answers(self, service: str, path: str, **query: Any) -> Iterator[Mapping[str, Any]]:
        """A list, answer by answer."""
        after: str | None = None
        while (answer := self._get(service, path, **query, limit=PAGE, after=after)) is not None:
            yield answer
            after = answer["next"]
            if after is None:
                return

    def _get(self, service: str, path: str, **query: Any) -> Any:
        """The answer's JSON, None for 404."""
        response = self._request(service, "GET", path, query)
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise DependencyDown(service, f"{response.status_code} from {path}")
        return response.json()

    def _request(
        self, service: str, method: str, path: str, query: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            return self._client.request(method, self._urls[service].rstrip("/") + path, params=given)
        except httpx.HTTPError as error:
            raise DependencyDown(service, type(error).__name__) from error
