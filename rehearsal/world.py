"""A project and its people, reported on through the proxy, and what must have come of each report."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rehearsal.api import Api
from rehearsal.deployment import MAIL_FROM, TooLong, until
from rehearsal.errors import RehearsalError
from rehearsal.mailbox import Mailbox

_CONSENT = {"alerts": {"basis": "consent", "source": "แบบฟอร์มตัวอย่าง"}}
_UNFINISHED = frozenset({"held", "pending", "sending", "retry_wait"})
_SETTLE_SECONDS = 240.0
READERS = 30


class Wrong(RehearsalError):
    """What came out is not what was promised."""


def claim(holds: object, what: str) -> None:
    """Raises Wrong."""
    if not holds:
        raise Wrong(what)


@dataclass(frozen=True)
class Report:
    """One accepted report and the milestone it was made on."""

    event_id: str
    milestone_id: str


@dataclass
class World:
    """One project whose sponsor has many readers; every report concerns all of them."""

    api: Api
    mailbox: Mailbox
    project_id: str = ""
    readers: dict[str, str] = field(default_factory=dict)  # contact id → address
    by_hand: set[str] = field(default_factory=set)
    reports: list[Report] = field(default_factory=list)

    def found(self, readers: int = READERS) -> None:
        """Makes the project, its sponsor and the sponsor's people."""
        body = {
            "title": {"th": "ลำพูนจังหวัดสะอาด", "en": "Clean Lamphun"},
            "agency": {"th": "สำนักงานจังหวัดลำพูน"},
            "coordinator": {
                "id": self.api.subject,
                "name": {"th": "พิมพ์ใจ ตัวอย่าง", "en": "Phimchai Tuayang"},
                "office": {"th": "สำนักงานจังหวัดลำพูน", "en": "Lamphun Provincial Office"},
                "telephone": "0 5300 0000",
            },
            "fiscal_year": 2570,
            "missions": [5],
            "sectors": ["environment"],
            "areas": ["510112"],
            "visibility": "public",
        }
        self.project_id = self.api.post("/v1/projects", body)["id"]
        name = {"th": "บริษัทตัวอย่าง", "en": "Example Company"}
        partner = self.api.post("/v1/partners", {"name": name, "kinds": ["industry"]})["id"]
        role = {"project_id": self.project_id, "role": "sponsor"}
        self.api.post(f"/v1/partners/{partner}/engagements", role)
        for _ in range(readers):
            address = f"reader-{uuid.uuid4().hex[:8]}@example.org"
            self.readers[self._contact(partner, address=address)] = address
        told = {"by_hand": {"th": "โทร 0 5300 0010"}, "address": None}
        self.by_hand.add(self._contact(partner, **told))

    def milestones(self, count: int) -> list[str]:
        """New ones; their ids."""
        path = f"/v1/projects/{self.project_id}/milestones"
        title = {"th": "อบรมคัดแยกขยะ ๕๐ หมู่บ้าน", "en": "Training in 50 villages"}
        body = {"title": title, "due_date": "2026-12-15"}
        return [self.api.post(path, body)["id"] for _ in range(count)]

    def reach(self, milestone_id: str) -> Report:
        """Reported as reached; the answer came, so all of it must arrive."""
        path = f"/v1/milestones/{milestone_id}"
        version = self.api.get(path)["version"]
        answer = self.api.post(f"{path}/reach", {}, if_match=version)
        report = Report(answer["event_id"], milestone_id)
        self.reports.append(report)
        return report

    def outcome(self, report: Report) -> Any:
        alerts = self.api.get(f"/v1/milestones/{report.milestone_id}/outcome")["alerts"]
        return next((alert for alert in alerts if alert["event_id"] == report.event_id), None)

    def deliveries(self, report: Report) -> list[Any]:
        """The ledger's own word."""
        return list(self.api.items("/v1/deliveries", event=report.event_id))

    def settle(self, *reports: Report, seconds: float = _SETTLE_SECONDS) -> None:
        """Returns once nothing of these waits any more."""
        waiting = list(reports)

        def look() -> bool:
            self.mailbox.mails()  # it forgets them where it is started anew
            while waiting and self._settled(waiting[0]):
                waiting.pop(0)
            return not waiting

        try:
            until(look, "every delivery of every report has come to its end", seconds)
        except TooLong as late:
            raise TooLong(f"{late}; {len(waiting)} left: {self.outcome(waiting[0])}") from None

    def check(self, *reports: Report) -> str:
        """Nothing lost, nothing doubled, and the outcome adds up. Raises Wrong; a line for the table."""
        copies = Counter(mail.message_id for mail in self.mailbox.mails())
        uncertain = 0
        for report in reports:
            ledger = {delivery["contact_id"]: delivery for delivery in self.deliveries(report)}
            strange = {*self.readers, *self.by_hand} ^ set(ledger)
            claim(not strange, f"{len(strange)} too few or too many told: {report} {self.outcome(report)}")
            for contact_id in self.readers:
                doubts = int(ledger[contact_id].get("doubts", 0))
                uncertain += bool(doubts)
                count, state = copies[message_id(report.event_id, contact_id)], ledger[contact_id]["state"]
                claim(count or doubts, f"lost: {report.event_id} to {contact_id}, {state}")
                claim(count <= (2 if doubts else 1), f"doubled: {report.event_id} to {contact_id}: {count}")
            outcome = self.outcome(report)
            told = sum(count["count"] for count in outcome["counts"])
            claim(told == outcome["relevant"] == len(ledger), f"{report}: the outcome says {outcome}")
        line = f"{len(reports)} reports, {len(reports) * len(self.readers)} mails, lost 0, doubled 0"
        return f"{line}, uncertain {uncertain}"

    def _settled(self, report: Report) -> bool:
        outcome = self.outcome(report)
        if not outcome or outcome["waiting"] or not outcome["counts"]:
            return False  # the audience may not have been found yet: then nobody waits either
        return not _UNFINISHED & {count["state"] for count in outcome["counts"] if count["count"]}

    def _contact(self, partner: str, **more: Any) -> str:
        body = {
            "name": {"th": "สมหญิง ทดสอบ", "en": "Somying Thotsop"},
            "salutation": "เรียน คุณ",
            "language": "th",
            "partner_ids": [partner],
            "lawful_bases": _CONSENT,
            **more,
        }
        return str(self.api.post("/v1/contacts", body)["id"])


def message_id(event_id: str, contact_id: str) -> str:
    """The Message-ID that every copy of this delivery bears, without its brackets."""
    digest = hashlib.sha256(f"{event_id}\n{contact_id}".encode()).hexdigest()[:40]
    return f"{digest}@{MAIL_FROM.rpartition('@')[2]}"
