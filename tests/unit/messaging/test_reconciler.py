"""The reconciler: finds what is missing, and has exactly that said again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from shared.errors import DependencyDown
from shared.messaging.reconciler import WITH_AUDIENCE, Found, Gap, Reconciler, gap

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
URLS = {name: f"http://{name}.example.org/" for name in ("projects", "partners", "notifications")}


def event(event_id: str = "p:1", historic: bool = False) -> dict[str, Any]:
    return {"id": event_id, "type": WITH_AUDIENCE[0], "data": {"historic": historic}}


def audience(relevant: int, complete: bool = True) -> dict[str, Any]:
    return {"complete": complete, "relevant": relevant, "pages": 1}


TABLE = [
    (Found(event(), None), "audience", "projects"),
    (Found(event(), audience(3, complete=False), 1, 3), "rest_of_audience", "projects"),
    (Found(event(), audience(3), 0, 0), "deliveries", "partners"),
    (Found(event(), audience(3), 1, 2), "deliveries", "partners"),
    (Found(event(), audience(0), 0, 0), "deliveries", "partners"),  # a page for nobody says something, too
]
WHOLE = [
    Found(event(), audience(3), 1, 3),
    Found(event(), audience(0), 1, 0),
    Found(event(historic=True), None),
]


@pytest.mark.parametrize(("found", "missing", "republish_at"), TABLE)
def test_a_gap_names_what_is_missing_and_who_must_say_it_again(
    found: Found, missing: str, republish_at: str
) -> None:
    """Each service is asked for what it said itself."""
    assert gap(found) == Gap("p:1", missing, republish_at)


@pytest.mark.parametrize("found", WHOLE)
def test_what_is_whole_has_no_gap(found: Found) -> None:
    """Nobody relevant, or historic, is nothing missing."""
    assert gap(found) is None


class Services:
    """Three services behind one transport."""

    def __init__(self) -> None:
        self.events = [event(f"p{i}:1") for i in range(5)]
        self.audiences: dict[str, Any] = {f"p{i}:1": audience(25) for i in range(5)}
        self.dispatches: dict[str, list[int]] = {f"p{i}:1": [10, 10, 5] for i in range(5)}
        self.queries: list[httpx.URL] = []
        self.republished: list[str] = []
        self.silent = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        service = request.url.host.partition(".")[0]
        if service == self.silent:
            raise httpx.ConnectError("refused")
        self.queries.append(request.url)
        if request.method == "POST":
            self.republished.append(f"{service} {unquote(request.url.raw_path.decode())}")
            return httpx.Response(202, json={})
        return getattr(self, f"_{service}")(request.url)

    def _projects(self, url: httpx.URL) -> httpx.Response:
        return page(self.events, url)

    def _partners(self, url: httpx.URL) -> httpx.Response:
        found = self.audiences.get(unquote(url.path.rpartition("/")[2]))
        return httpx.Response(200, json=found) if found else httpx.Response(404, json={})

    def _notifications(self, url: httpx.URL) -> httpx.Response:
        sizes = self.dispatches[url.params["event"]]
        answer = page([{"id": f"d{i}", "recipients": size} for i, size in enumerate(sizes)], url)
        return httpx.Response(200, json={**answer.json(), "pages": [0]})


def page(items: list[dict[str, Any]], url: httpx.URL) -> httpx.Response:
    """Two at a time, so that every list has several pages."""
    start = int(url.params.get("after", 0))
    end = start + 2
    return httpx.Response(
        200, json={"items": items[start:end], "next": str(end) if end < len(items) else None}
    )


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def reconciler(services: Services) -> Iterator[Reconciler]:
    with httpx.Client(transport=httpx.MockTransport(services)) as client:
        yield Reconciler(client, URLS)


def test_every_event_is_compared_through_all_pages(reconciler: Reconciler, services: Services) -> None:
    """Older than ten minutes, younger than the retention, unless asked otherwise."""
    assert list(reconciler.compare(NOW)) == [(f"p{i}:1", None) for i in range(5)]
    asked = services.queries[0].params
    assert asked["older_than"] == "2026-11-23T04:50:00.000Z"
    assert asked["younger_than"] == "2026-08-25T05:00:00.000Z"
    assert asked["types"].split(",") == list(WITH_AUDIENCE)
    list(reconciler.compare(NOW, timedelta(hours=1), timedelta(days=1)))
    assert any(query.params.get("older_than") == "2026-11-23T04:00:00.000Z" for query in services.queries)


def test_gaps_are_said_again_where_they_were_said(reconciler: Reconciler, services: Services) -> None:
    """By projects where partners heard nothing, by partners where notifications did not hear all."""
    del services.audiences["p1:1"]
    services.dispatches["p3:1"] = [10, 10]
    for _, found in reconciler.compare(NOW):
        if found:
            reconciler.republish(found)
    assert services.republished == [
        "projects /v1/events/p1:1/republish",
        "partners /v1/events/p3:1/republish",
    ]


@pytest.mark.parametrize("service", URLS)
def test_a_service_that_is_silent_is_named(reconciler: Reconciler, services: Services, service: str) -> None:
    """Nothing is concluded from an answer that did not come."""
    services.silent = service
    with pytest.raises(DependencyDown, match=service):
        list(reconciler.compare(NOW))


def test_a_refusal_is_an_error_not_a_gap(reconciler: Reconciler, services: Services) -> None:
    """A token without the role, for instance."""
    services._partners = lambda url: httpx.Response(403, json={})  # type: ignore[method-assign]  # a spoiled one
    with pytest.raises(DependencyDown, match="403"):
        list(reconciler.compare(NOW))
