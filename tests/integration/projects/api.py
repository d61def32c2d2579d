"""The service as a caller sees it, and short words for what coordinators do."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
from pymongo.database import Database

Body = dict[str, Any]
WHY = {"th": "ขยายเวลารับผลงาน", "en": "More time for entries"}


class Api:
    """REST as one caller."""

    def __init__(self, url: str, subject: str, token: str) -> None:
        self.subject = subject
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        self.client = httpx.Client(base_url=url, headers=headers, timeout=30)

    def close(self) -> None:
        self.client.close()

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(path, params=query)

    def post(
        self, path: str, body: Body | None = None, *, etag: str | None = None, key: str | None = None
    ) -> httpx.Response:
        headers = {"If-Match": etag, "Idempotency-Key": key}
        sent = {name: value for name, value in headers.items() if value}
        return self.client.post(path, json=body or {}, headers=sent)

    def patch(self, path: str, body: Body, etag: str | None = None) -> httpx.Response:
        return self.client.patch(path, json=body, headers={"If-Match": etag} if etag else {})


class Stored:
    """The service's own database, to look into."""

    def __init__(self, database: Database[Body]) -> None:
        self._database = database

    def project(self, project_id: str) -> Body:
        found = self._database.projects.find_one({"_id": project_id})
        assert found is not None
        return found

    def is_published(self, event_id: str) -> bool:
        return self._database.events.find_one({"_id": event_id}) is not None

    def waits(self, project_id: str) -> bool:
        """Whether the project has something in its outbox."""
        return "outbox" in self.project(project_id)


class Projects:
    """A coordinator at work: each word does one thing and expects it to succeed."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def make(self, **changes: Any) -> Body:
        answer: Body = ok(self.api.post("/v1/projects", project_body(self.api.subject, **changes)), 201)
        return answer

    def plan(self, project_id: str, **changes: Any) -> Body:
        answer: Body = ok(
            self.api.post(f"/v1/projects/{project_id}/milestones", milestone_body(**changes)), 201
        )
        return answer

    def define(self, project_id: str, **changes: Any) -> Body:
        answer: Body = ok(
            self.api.post(f"/v1/projects/{project_id}/indicators", indicator_body(**changes)), 201
        )
        return answer

    def measure(self, indicator_id: str, value: float | None, **changes: Any) -> Body:
        body = {"value": value, "measured_on": "2025-11-18", **changes}
        answer: Body = ok(self.api.post(f"/v1/indicators/{indicator_id}/measurements", body), 201)
        return answer

    def milestone(self, milestone_id: str) -> Body:
        answer: Body = ok(self.api.get(f"/v1/milestones/{milestone_id}"))
        return answer

    def tell(self, milestone: Body, command: str, body: Body | None = None, **options: Any) -> httpx.Response:
        """The command, on the milestone as it was seen."""
        path = f"/v1/milestones/{milestone['id']}/{command}"
        return self.api.post(path, body, etag=f'"{milestone["version"]}"', **options)

    def new_milestone(self, **changes: Any) -> Body:
        """A milestone of a new project."""
        return self.plan(self.make()["id"], **changes)


def ok(response: httpx.Response, status: int = 200) -> Any:
    assert response.status_code == status, (response.status_code, response.text)
    return response.json()


def refused(response: httpx.Response, status: int, code: str) -> Any:
    """The problem document, if it is the one expected."""
    problem = response.json()
    assert (response.status_code, problem["type"]) == (status, f"urn:prasan:problem:{code}"), response.text
    assert response.headers["content-type"] == "application/problem+json"
    return problem


def wrong_fields(response: httpx.Response, status: int = 422, code: str = "invalid") -> list[tuple[str, str]]:
    """(field, code) of each error that a request was refused for."""
    return [(error["field"], error["code"]) for error in refused(response, status, code)["errors"]]


def gathered(published: Callable[[], list[bytes]], enough: Callable[[list[bytes]], bool]) -> list[bytes]:
    """What is published until it is enough."""
    bodies: list[bytes] = []

    def look() -> bool:
        bodies.extend(published())
        return enough(bodies)

    eventually(look)
    return bodies


def new_key() -> str:
    return uuid.uuid4().hex


def eventually(found: Callable[[], Any], seconds: float = 15) -> Any:
    """The first true value that `found` gives."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return value


def project_body(subject: str = "phimchai", **changes: Any) -> Body:
    return {
        "title": {"th": "ลำพูนจังหวัดสะอาด", "en": "Lamphun, a clean province"},
        "agency": {"th": "สำนักงานทรัพยากรธรรมชาติและสิ่งแวดล้อมจังหวัดลำพูน"},
        "coordinator": {
            "id": subject,
            "name": {"th": "พิมพ์ใจ ตัวอย่าง", "en": "Phimchai Tuayang"},
            "office": {"th": "สำนักงานจังหวัดลำพูน", "en": "Lamphun Provincial Office"},
            "telephone": "0 5300 0000",
        },
        "fiscal_year": 2570,
        "missions": [5, 4],
        "sectors": ["environment"],
        "areas": ["51"],
        "visibility": "public",
        **changes,
    }


def milestone_body(**changes: Any) -> Body:
    title = {"th": "อบรมคัดแยกขยะ 50 ครั้ง ครบทุกตำบล", "en": "50 waste-separation trainings"}
    return {"title": title, "due_date": "2026-11-30", **changes}


def indicator_body(**changes: Any) -> Body:
    return {
        "title": {"th": "อบรมคัดแยกขยะ", "en": "Waste-separation trainings"},
        "unit": {"th": "ครั้ง", "en": "sessions"},
        "target": {"value": 50},
        **changes,
    }
