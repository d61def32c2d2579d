"""A small world of its own for each test, over the running system: one project, its people, their mail."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prasan.demo.province import Province, settled, until
from prasan.services import Services
from shared.testing.mailbox.store import Received

SOON = 25.0  # seconds in which anything must have happened
QUIET = 0.7  # seconds after which nothing more is expected
CONSENT = {"alerts": {"basis": "consent", "source": "แบบฟอร์มตัวอย่าง"}}


@dataclass(frozen=True)
class Contact:
    """Somebody of this test, and where their mail goes."""

    id: str
    address: str | None
    version: int


@dataclass
class Project:
    """A project of this test, with its milestones in the order of their dates."""

    id: str
    milestones: list[str]


@dataclass
class World:
    """What a test needs to say in one line. `services` are signed as the project's coordinator."""

    province: Province
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    @property
    def services(self) -> Services:
        return self.province.as_("phimchai")

    def project(self, *, visibility: str = "public", milestones: int = 2, **changes: Any) -> Project:
        """Started, with milestones due one month after the other."""
        body = {
            "title": {"th": f"โครงการทดสอบ {self.name}", "en": f"Test project {self.name}"},
            "agency": {"th": "สำนักงานตัวอย่าง"},
            "coordinator": {
                "id": "phimchai",
                "name": {"th": "พิมพ์ใจ ตัวอย่าง", "en": "Phimchai Tuayang"},
                "office": {"th": "สำนักงานจังหวัดลำพูน", "en": "Lamphun Provincial Office"},
                "telephone": "0 5300 0000",
            },
            "fiscal_year": 2570,
            "missions": [5],
            "sectors": ["environment"],
            "areas": ["510112"],
            "visibility": visibility,
            **changes,
        }
        made = self.services.post("projects", "/v1/projects", body)
        path = f"/v1/projects/{made['id']}"
        steps = [self._milestone(path, number) for number in range(1, milestones + 1)]
        return Project(made["id"], steps)

    def partner(self, *kinds: str, **changes: Any) -> str:
        """The id of an organisation of these kinds (industry unless told)."""
        name = {"th": f"องค์กรทดสอบ {self.name}", "en": f"Test organisation {self.name}"}
        body = {"name": name, "kinds": list(kinds) or ["industry"], **changes}
        return str(self.services.post("partners", "/v1/partners", body)["id"])

    def contact(self, *partner_ids: str, **changes: Any) -> Contact:
        """With consent and an address of its own, unless told otherwise."""
        body = {
            "name": {"th": "สมหญิง ทดสอบ", "en": "Somying Thotsop"},
            "salutation": "เรียน คุณ",
            "language": "th",
            "address": f"{self.name}-{uuid.uuid4().hex[:6]}@example.org",
            "partner_ids": list(partner_ids),
            "lawful_bases": CONSENT,
            **changes,
        }
        made = self.services.post("partners", "/v1/contacts", body)
        return Contact(made["id"], body["address"], made["version"])

    def engage(self, partner_id: str, project: Project, role: str, **changes: Any) -> str:
        body = {"project_id": project.id, "role": role, **changes}
        return str(self.services.post("partners", f"/v1/partners/{partner_id}/engagements", body)["id"])

    def subscribe(self, partner_id: str, **facets: Sequence[object]) -> str:
        body = {"facets": {name: list(values) for name, values in facets.items()}}
        return str(self.services.post("partners", f"/v1/partners/{partner_id}/subscriptions", body)["id"])

    def sponsor(self, project: Project, **changes: Any) -> Contact:
        """The contact of a sponsor of this project."""
        partner_id = self.partner()
        self.engage(partner_id, project, "sponsor")
        return self.contact(partner_id, **changes)

    def report(self, milestone_id: str, command: str, **body: Any) -> Any:
        """The answer to reach, reschedule, cancel, correct or recall."""
        path = f"/v1/milestones/{milestone_id}"
        version = self.services.get("projects", path)["version"]
        return self.services.post("projects", f"{path}/{command}", body, if_match=version)

    def outcome(self, milestone_id: str, event_id: str) -> Any:
        alerts = self.services.get("projects", f"/v1/milestones/{milestone_id}/outcome")["alerts"]
        return next(alert for alert in alerts if alert["event_id"] == event_id)

    def settled(self, milestone_id: str, event_id: str, seconds: float = SOON) -> Any:
        """The outcome once every delivery has come to its end."""
        return until(lambda: settled(self.outcome(milestone_id, event_id)), seconds)

    def mails(self, contact: Contact) -> list[Received]:
        """What has arrived for this contact."""
        return [m for m in self.province.stack.mailbox.messages() if contact.address in m.recipients]

    def wait_for_mails(self, contact: Contact, count: int = 1, seconds: float = SOON) -> list[Received]:
        """Exactly `count` mails for this contact, and none more a moment later."""
        until(lambda: len(self.mails(contact)) >= count, seconds)
        time.sleep(QUIET)
        found = self.mails(contact)
        assert len(found) == count, [m.subject for m in found]
        return found

    def _milestone(self, project_path: str, number: int) -> str:
        body = {
            "title": {"th": f"ขั้นที่ {number} ของ {self.name}", "en": f"Step {number} of {self.name}"},
            "due_date": f"2026-12-{10 + number:02}",
        }
        return str(self.services.post("projects", f"{project_path}/milestones", body)["id"])


def counts(outcome: Mapping[str, Any]) -> dict[str, int]:
    """state → how many."""
    found: dict[str, int] = {}
    for count in outcome["counts"]:
        found[count["state"]] = found.get(count["state"], 0) + count["count"]
    return found
