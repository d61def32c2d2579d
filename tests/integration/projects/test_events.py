"""Events: history that hides nothing, a broker that is away, saying an event again."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import openapi_spec_validator
import pytest

from shared.contracts.registry import read_event
from shared.testing.broker import Broker
from shared.testing.service import ServiceProcess
from tests.integration.projects.api import WHY, Api, Body, Projects, Stored, eventually, new_key, ok, refused
from tests.integration.projects.conftest import Signed


def history(api: Api, project_id: str, **query: object) -> list[str]:
    page = ok(api.get(f"/v1/projects/{project_id}/history", **query))
    return [event["type"].split(".", 1)[1].removesuffix(".v1") for event in page["items"]]


def test_history_has_everything_in_order(phimchai: Projects) -> None:
    """Project, milestones and indicators; page after page gives the same."""
    milestone = phimchai.new_milestone()
    project_id = milestone["project_id"]
    milestone = ok(phimchai.tell(milestone, "reschedule", {"due_date": "2026-12-15", "reason": WHY}))
    indicator = phimchai.define(project_id)
    phimchai.measure(indicator["id"], 12)
    ok(phimchai.tell(milestone, "reach"))
    expected = [
        "project.created",
        "milestone.planned",
        "milestone.rescheduled",
        "indicator.defined",
        "indicator.measured",
        "milestone.reached",
    ]
    assert history(phimchai.api, project_id) == expected
    eventually(lambda: history(phimchai.api, project_id) == expected)
    first = ok(phimchai.api.get(f"/v1/projects/{project_id}/history", limit=4))
    assert history(phimchai.api, project_id, limit=4, after=first["next"]) == expected[4:]


def test_with_the_broker_down_coordinators_still_report(
    phimchai: Projects,
    broker: Broker,
    projects_process: ServiceProcess,
    stored: Stored,
) -> None:
    """The report is taken at once, stands in the history, waits in the outbox, and goes out later."""
    milestone = phimchai.new_milestone()
    eventually(lambda: not stored.waits(milestone["project_id"]))
    broker.kill()
    try:
        answer = ok(phimchai.tell(milestone, "reach"))
        waiting = stored.project(milestone["project_id"])["outbox"]
        assert [event["id"] for event in waiting] == [answer["event_id"]]
        assert history(phimchai.api, milestone["project_id"])[-1] == "milestone.reached"
        assert not stored.is_published(answer["event_id"])
        eventually(lambda: not projects_process.ready(), 30)
    finally:
        broker.restart()
    eventually(lambda: stored.is_published(answer["event_id"]), 60)
    eventually(lambda: not stored.waits(milestone["project_id"]))
    assert history(phimchai.api, milestone["project_id"]).count("milestone.reached") == 1
    eventually(projects_process.ready, 60)


def test_killed_after_storing_the_report_is_not_lost(
    phimchai: Projects, projects_process: ServiceProcess, stored: Stored
) -> None:
    """The process dies before it can answer: the retry gets the first answer, and the event goes out once."""
    milestone, key = phimchai.new_milestone(), new_key()
    projects_process.restart("projects.stored=crash@1")
    with pytest.raises(httpx.TransportError):
        phimchai.tell(milestone, "reach", key=key)
    projects_process.restart()
    answer = ok(phimchai.tell(milestone, "reach", key=key))
    assert answer["status"] == "reached"
    assert len(answer["alerts"]) == 1
    eventually(lambda: stored.is_published(answer["event_id"]))
    assert stored.project(milestone["project_id"])["version"] == answer["version"]


def test_an_operator_lists_events_and_has_one_said_again(
    phimchai: Projects, operator: Api, published: Callable[[], list[bytes]]
) -> None:
    """By type and age, in pages; the same event goes out under the same id."""
    reached = ok(phimchai.tell(phimchai.new_milestone(), "reach"))
    types = "projects.milestone.reached.v1"

    def listed() -> list[str]:
        found: list[Body] = []
        after: dict[str, str] = {}
        while True:
            page = ok(operator.get("/v1/events", types=types, limit=200, **after))
            found += page["items"]
            if page["next"] is None:
                return [event["id"] for event in found if event["type"] == types]
            after = {"after": page["next"]}

    eventually(lambda: reached["event_id"] in listed())
    assert ok(operator.get("/v1/events", older_than="2020-01-01T00:00:00Z"))["items"] == []
    published()
    answer = operator.post(f"/v1/events/{reached['event_id']}/republish")
    assert ok(answer, 202) == {"event_id": reached["event_id"]}
    again = eventually(published)
    assert [read_event(body).id for body in again] == [reached["event_id"]]
    refused(operator.post("/v1/events/unknown:1/republish"), 404, "event-not-found")
    refused(operator.get("/v1/events", types="projects.nonsense.v1"), 422, "invalid")


def test_events_are_for_operators(phimchai: Projects, signed: Signed) -> None:
    for api in (phimchai.api, signed("viewer-1", "viewer")):
        refused(api.get("/v1/events"), 403, "role-missing")
        refused(api.post("/v1/events/x:1/republish"), 403, "role-missing")


def test_looking_changes_nothing(phimchai: Projects, stored: Stored) -> None:
    """G6: every GET of a project and its parts leaves its document as it was."""
    milestone = ok(phimchai.tell(phimchai.new_milestone(), "reach"))
    project_id = milestone["project_id"]
    eventually(lambda: not stored.waits(project_id))
    before = stored.project(project_id)
    for path in (
        f"/v1/projects/{project_id}",
        f"/v1/projects/{project_id}/history",
        f"/v1/milestones/{milestone['id']}",
        f"/v1/milestones/{milestone['id']}/outcome",
        "/v1/projects",
        "/v1/milestones",
    ):
        ok(phimchai.api.get(path))
    assert stored.project(project_id) == before


def test_the_service_describes_itself(phimchai: Projects) -> None:
    """Valid OpenAPI 3.1, with every path of the table and what it takes."""
    document = ok(phimchai.api.get("/openapi.json"))
    openapi_spec_validator.validate(document)
    for command in ("start", "reach", "reschedule", "cancel", "correct", "recall"):
        operation = document["paths"][f"/v1/milestones/{{milestone_id}}/{command}"]["post"]
        assert "If-Match" in [parameter["name"] for parameter in operation["parameters"]]
