"""Prasan itself as a contender: the whole stack on this machine, its sender on the client's processor."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from pymongo import MongoClient

from benchmarks.sink import CLIENT_CPU, pinned
from prasan.services import Services
from shared.config import Settings
from shared.messaging.topology import SERVICES
from shared.testing.stack import Stack

CONTACTS_A_PARTNER = 10
MOST_MILESTONES = 20
_COORDINATOR = {
    "id": "bench",
    "name": {"th": "ผู้ประสานงาน ตัวอย่าง", "en": "Sample Coordinator"},
    "office": {"th": "สำนักงานจังหวัดลำพูน", "en": "Lamphun Provincial Office"},
    "telephone": "0 5300 0000",
}
_TRAINING = {"th": "อบรมคัดแยกขยะ 50 ครั้ง ครบทุกตำบล", "en": "50 waste separation trainings"}


@dataclass(frozen=True)
class Milestone:
    """Its id, and the version that If-Match names."""

    id: str
    version: int


class System:
    """Everything started, with `contacts` people who all want to hear of the one project."""

    def __init__(
        self, smtp_port: int | None, contacts: int, settings: Mapping[str, str] | None = None
    ) -> None:
        """`smtp_port` None: mails go to the stack's own mailbox."""
        self._run_dir = Path(tempfile.mkdtemp(prefix="prasan-bench-"))
        chosen = {"MAIL_DAILY_CAP": "1000000", "LOG_LEVEL": "WARNING"}
        if smtp_port is not None:
            chosen["SMTP_URL"] = f"smtp://127.0.0.1:{smtp_port}"
        self.stack = Stack(self._run_dir, {**chosen, **(settings or {})}, durable=False)
        self._contacts = contacts
        self._milestones = 0

    def __enter__(self) -> System:
        self.stack.start_servers()
        self.stack.start_services(("projects", "partners"))
        sender = self.stack._add("notifications")
        sender.command = pinned(sender.command, CLIENT_CPU)
        sender.start()
        self.services = Services(
            Settings.from_environment(self.stack.operator_environment()), subject="bench"
        )
        self.database: MongoClient[Any] = MongoClient(self.stack.database.uri("notifications"))
        self._plan()
        self._invite()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.services.__exit__(None, None, None)
        self.database.close()
        self.stack.discard()
        shutil.rmtree(self._run_dir, ignore_errors=True)

    def new_milestone(self) -> Milestone:
        """One more milestone of the project, planned and not yet reported."""
        self._milestones += 1
        if self._milestones % MOST_MILESTONES == 0:  # of one project
            self._plan()
        body = {
            "title": {name: f"{text} ({self._milestones})" for name, text in _TRAINING.items()},
            "due_date": (date.today() + timedelta(days=7)).isoformat(),
        }
        path = f"/v1/projects/{self._project}/milestones"
        answer = self.services.post("projects", path, body)
        return Milestone(answer["id"], answer["version"])

    def report(self, milestone: Milestone, services: Services | None = None) -> None:
        """Say over REST that it is reached; the answer waits for no mail."""
        path = f"/v1/milestones/{milestone.id}/reach"
        (services or self.services).post("projects", path, {}, if_match=milestone.version)

    def rest(self) -> None:
        """Returns once every result is stored and every outcome told."""
        dispatches = self.database.get_default_database().dispatches
        waiting = {"$or": [{"due_at": {"$exists": True}}, {"outbox.id": {"$exists": True}}]}
        wait_until(lambda: dispatches.find_one(waiting, {"_id": 1}) is None, 60)
        self.stack.broker.wait_until_drained()

    def clients(self, count: int) -> list[Services]:
        """Clients with connections of their own."""
        settings = Settings.from_environment(self.stack.operator_environment())
        return [Services(settings, subject="bench") for _ in range(count)]

    def restart_sender(self, settings: Mapping[str, str]) -> None:
        """With these settings in addition."""
        sender = self.stack.service("notifications")
        sender.stop()
        sender.environment |= settings
        sender.start()

    def memory(self) -> dict[str, float]:
        """Resident megabytes of each service now (VmRSS)."""
        return {service: _resident(self.stack.service(service).pid) for service in SERVICES}

    def processor_seconds(self) -> dict[str, float]:
        """User and system time of each process so far (proc(5), fields 14 and 15)."""
        pids = {service: self.stack.service(service).pid for service in SERVICES}
        pids["database"] = self.stack.database.pid
        ticks = {
            name: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            for name, pid in pids.items()
        }
        return {name: (int(user) + int(kernel)) / 100 for name, (user, kernel) in ticks.items()}

    def spent_since(self, before: Mapping[str, float]) -> dict[str, float]:
        """What `processor_seconds` grew by, in seconds."""
        return {name: round(value - before[name], 2) for name, value in self.processor_seconds().items()}

    def _plan(self) -> None:
        project = {
            "title": {"th": "ลำพูนจังหวัดสะอาด", "en": "Clean Lamphun"},
            "agency": {"th": "สำนักงานจังหวัดลำพูน", "en": "Lamphun Provincial Office"},
            "coordinator": _COORDINATOR,
            "fiscal_year": 2570,
            "missions": [5],
            "sectors": ["environment"],
            "areas": ["51"],
            "visibility": "public",
        }
        self._project = self.services.post("projects", "/v1/projects", project)["id"]

    def _invite(self) -> None:
        partners = -(-self._contacts // CONTACTS_A_PARTNER)
        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(self._partner, range(partners)))
            list(pool.map(lambda n: self._contact(n, ids[n // CONTACTS_A_PARTNER]), range(self._contacts)))
        known = self.database.get_default_database().contacts
        wait_until(lambda: known.count_documents({}) >= self._contacts, 120)

    def _partner(self, number: int) -> str:
        body = {
            "name": {"th": f"บริษัท ตัวอย่างที่ {number} จำกัด", "en": f"Sample {number} Ltd"},
            "kinds": ["industry"],
        }
        partner = str(self.services.post("partners", "/v1/partners", body)["id"])
        facets = {"label": {"th": "ขยะ", "en": "Waste"}, "facets": {"sector": ["environment"]}}
        self.services.post("partners", f"/v1/partners/{partner}/subscriptions", facets)
        return partner

    def _contact(self, number: int, partner: str) -> None:
        body = {
            "name": {"th": f"ตัวอย่าง ที่{number}", "en": f"Sample {number}"},
            "salutation": "คุณ",
            "position": {"th": "ผู้จัดการ", "en": "Manager"},
            "language": "en" if number % 10 == 0 else "th",
            "address": f"contact{number}@example.org",
            "partner_ids": [partner],
            "lawful_bases": {
                "alerts": {
                    "basis": "consent",
                    "source": "benchmark",
                    "recorded_at": "2026-11-01T02:00:00Z",
                    "recorded_by": "bench",
                }
            },
        }
        self.services.post("partners", "/v1/contacts", body)


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Raises TimeoutError when it does not become true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the benchmark's condition did not come true")
        time.sleep(0.05)


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
