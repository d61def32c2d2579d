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
    "projects.milestone.updated.v1",
    "projects.project.updated.v1",
)


@dataclass(frozen=True)
class Gap:
    """An event of which something is missing, what, and the service that must say it again."""

    event_id: str
    missing: str
    republish_at: str


@dataclass(frozen=True)
class Found:
    """What the three services know of one event: `audience` is None where partners knows none."""

    event: Mapping[str, Any]
    audience: Mapping[str, Any] | None
    recipients: int


def gap(found: Found) -> Gap | None:
    """What is missing of one event, if anything is."""
    event_id = found.event["id"]
    if _is_historic(found.event["data"]):
        return None
    if found.audience is None:
        return Gap(event_id, "audience", "projects")
    if not found.audience["complete"]:
        return Gap(event_id, "rest_of_audience", "projects")
    if found.recipients < found.audience["relevant"]:
        return Gap(event_id, "deliveries", "partners")
    return None


def _is_historic(data: Mapping[str, Any]) -> bool:
    return bool(data.get("historic") or (data.get("milestone") or {}).get("historic"))


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
        return self._items("projects", "/v1/events", types=",".join(WITH_AUDIENCE), **window)

    def _look_up(self, event: Mapping[str, Any]) -> Found:
        audience = self._get("partners", f"/v1/audiences/{quote(event['id'], safe='')}", limit=1)
        recipients = 0
        if audience is not None and audience["relevant"]:
            recipients = sum(
                _recipients(d) for d in self._items("notifications", "/v1/dispatches", event=event["id"])
            )
        return Found(event, audience, recipients)

    def _items(self, service: str, path: str, **query: Any) -> Iterator[Mapping[str, Any]]:
        after: str | None = None
        while True:
            page = self._get(service, path, **query, limit=PAGE, **({"after": after} if after else {}))
            yield from (page or {}).get("items", ())
            after = (page or {}).get("next")
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
        try:
            return self._client.request(method, self._urls[service].rstrip("/") + path, params=query)
        except httpx.HTTPError as error:
            raise DependencyDown(service, type(error).__name__) from error


def _recipients(dispatch: Mapping[str, Any]) -> int:
    recipients = dispatch["recipients"]
    return recipients if isinstance(recipients, int) else len(recipients)
