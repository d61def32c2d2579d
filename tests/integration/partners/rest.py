"""Short words for what a partner manager does over REST: each does one thing and expects it to succeed."""

from __future__ import annotations

from typing import Any

import httpx

from tests.integration.projects.api import Api, Body, ok

BASES = {"alerts": {"basis": "public_task", "source": "ทะเบียนภาคี"}}


class Partners:
    """A partner manager at work."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def partner(self, **changes: Any) -> Body:
        answer: Body = ok(self.api.post("/v1/partners", partner_body(**changes)), 201)
        return answer

    def contact(self, partner: Body, **changes: Any) -> Body:
        answer: Body = ok(self.api.post("/v1/contacts", contact_body(partner["id"], **changes)), 201)
        return answer

    def engage(self, partner: Body, project_id: str, **changes: Any) -> Body:
        body = {"project_id": project_id, "role": "sponsor", **changes}
        answer: Body = ok(self.api.post(f"/v1/partners/{partner['id']}/engagements", body), 201)
        return answer

    def subscribe(self, partner: Body, **facets: Any) -> Body:
        path = f"/v1/partners/{partner['id']}/subscriptions"
        answer: Body = ok(self.api.post(path, {"facets": facets}), 201)
        return answer

    def end(self, path: str, etag: str | None = '"1"') -> httpx.Response:
        return self.api.client.delete(path, headers={"If-Match": etag} if etag else {})


def partner_body(**changes: Any) -> Body:
    return {"name": {"th": "บริษัท ตัวอย่างลำพูน จำกัด", "en": None}, "kinds": ["industry"], **changes}


def contact_body(*partner_ids: str, **changes: Any) -> Body:
    return {
        "name": {"th": "กมลวรรณ ใจงาม", "en": "Kamonwan Chaingam"},
        "partner_ids": list(partner_ids),
        "lawful_bases": BASES,
        **changes,
    }
