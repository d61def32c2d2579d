"""The running system with its people, and what has been reported and observed on it so far."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from prasan.services import ServiceRefused, Services, ServiceSilent
from shared.config import Settings
from shared.testing.mailbox import Received
from shared.testing.stack import Stack
from tests.faults.checker import Change, Findings, Taken, Word, check, message_id, miscounts
from tests.faults.load import IN_A_YEAR, PACE, Accepted, Load, Planned
from tests.faults.people import SUBJECT, People, gather
from tests.faults.summary import Table

LOOK_EVERY = 0.05
SOON = 60.0  # seconds in which anything must have come to rest; two processors may be shared with others
_OPEN = frozenset({"held", "pending", "sending"})
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.MULTILINE | re.IGNORECASE)
_COORDINATOR = {
    "id": SUBJECT,
    "name": {"th": "พิมพ์ใจ ตัวอย่าง", "en": "Phimchai Tuayang"},
    "office": {"th": "สำนักงานจังหวัดลำพูน", "en": "Lamphun Provincial Office"},
    "telephone": "0 5300 0000",
}
# What is reported on the milestones of one scenario, in turn; and in projects of which visibility.
COMMANDS = (("reach",), ("reschedule",), ("cancel",), ("reach",), ("reschedule", "cancel"))
VISIBILITIES = ("public", "partners")

Found = TypeVar("Found")
Kind = TypeVar("Kind", bound="World")


class TooLong(AssertionError):
    """Something did not come to pass in time."""


def until(look: Callable[[], Found | None], what: str, seconds: float = SOON) -> Found:
    """What `look` finds, once it is true. Raises TooLong."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TooLong(f"{what}: not within {seconds:.0f} s")
        time.sleep(LOOK_EVERY)
    return found


@dataclass
class World:
    """One stack, its people, and every change accepted on it, by the scenario in which it was made."""

    stack: Stack
    services: Services
    people: People
    table: Table
    changes: dict[str, list[Change]] = field(default_factory=dict)
    _taken: list[Taken] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def plan(self, count: int, commands: Sequence[Sequence[str]] = COMMANDS) -> list[Planned]:
        """So many milestones in two new projects, one public and one for partners; `commands` in turn."""
        projects = {visibility: self.project(visibility) for visibility in VISIBILITIES}
        planned = []
        for number in range(count):
            visibility = VISIBILITIES[number % len(VISIBILITIES)]
            to_report = commands[number % len(commands)]
            planned.append(self.milestone(projects[visibility], visibility, to_report))
        return planned

    def milestone(
        self, project_id: str, visibility: str, commands: Sequence[str], due_date: str = ""
    ) -> Planned:
        """One more of this project, with a number of its own in its title."""
        number = next(self._numbers)
        body = {
            "title": {"th": f"อบรมคัดแยกขยะ ครั้งที่ {number}", "en": f"Training {number}"},
            "due_date": due_date or IN_A_YEAR,
        }
        made = self.services.post("projects", f"/v1/projects/{project_id}/milestones", body)
        return Planned(str(made["id"]), visibility, int(made["version"]), commands, number)

    def remember(
        self, scenario: str, accepted: Iterable[Accepted], refused: Collection[str] = ()
    ) -> list[Change]:
        """The accepted reports as changes with the people whom they concern."""
        changes = [self.change(each, frozenset(refused)) for each in accepted]
        self.changes.setdefault(scenario, []).extend(changes)
        return changes

    def report(self, planned: Sequence[Planned], pace: float = 0.0) -> list[Accepted]:
        """Everything planned, answered."""
        load = self.load(planned, pace)
        load.start()
        return load.join()

    def load(self, planned: Sequence[Planned], pace: float = PACE) -> Load:
        """The reports of everything planned, to be started."""
        replicas = [process.url for process in self.stack.services["projects"]]
        return Load(self.services, planned, replicas, pace)

    def conclude(self, scenario: str, changes: Sequence[Change]) -> Findings:
        """Waits until all of it is at rest; what the checker finds, also for the table."""
        self.settle(changes)
        self.table.rows[scenario] = self.findings(changes)
        return self.table.rows[scenario]

    def settle(self, changes: Sequence[Change], seconds: float = SOON) -> None:
        """Returns once nothing of these waits, but for what the mail server put off. Raises TooLong."""
        waiting = list(changes)

        def look() -> bool:
            while waiting and self._has_come_to_rest(waiting[0]):
                waiting.pop(0)
            return not waiting

        try:
            until(look, "at rest", seconds)
        except TooLong as late:
            raise TooLong(f"{late}; {len(waiting)} changes, first: {self.outcome(waiting[0])}") from None

    def findings(self, changes: Sequence[Change]) -> Findings:
        """These changes against the mails and the ledger; mails of other changes are none of this."""
        ours = {change.event_id for change in changes}
        elsewhere = {
            message_id(change.event_id, contact_id)
            for several in self.changes.values()
            for change in several
            if change.event_id not in ours
            for contact_id in change.mails
        }
        taken = [mail for mail in self.taken() if mail.message_id not in elsewhere]
        words = [word for change in changes for word in self.words(change)]
        findings = check(changes, taken, words)
        for change in changes:
            findings.miscounted += miscounts(change, self.outcome(change))
        return findings

    def taken(self) -> Sequence[Taken]:
        """What the mail server has taken since the world was opened."""
        for mail in self.stack.mailbox.messages()[len(self._taken) :]:
            (address,) = mail.recipients
            self._taken.append(Taken(_id_of(mail), address))
        return self._taken

    def words(self, change: Change) -> list[Word]:
        """The ledger's own word on every delivery of a change."""
        found = self.services.items("notifications", "/v1/deliveries", event=change.event_id)
        return [
            Word(d["event_id"], d["contact_id"], d["state"], d.get("why"), int(d.get("doubts", 0)))
            for d in found
        ]

    def outcome(self, change: Change) -> Mapping[str, Any]:
        """What projects knows of it."""
        path = f"/v1/milestones/{change.milestone_id}/outcome"
        alerts = self.services.get("projects", path)["alerts"]
        found: Mapping[str, Any] = next((a for a in alerts if a["event_id"] == change.event_id), {})
        return found

    def still_to_be_sent(self) -> bool:
        """Whether any delivery in the ledger has a time at which something is to be done about it."""
        with self.stack.database.client() as client:
            waiting = client["notifications"]["dispatches"].find_one(
                {"due_at": {"$exists": True}}, {"_id": 1}
            )
        return waiting is not None

    def dead_letters(self) -> list[Mapping[str, Any]]:
        """Of all three services, those that wait for somebody."""
        return [
            letter
            for service in self.services.urls
            for letter in self.services.items(service, "/v1/dead-letters", state="waiting")
        ]

    def forget_letter(self, service: str, letter_id: str) -> None:
        """Removes a dead letter that is meant to stay one."""
        with self.stack.database.client() as client:
            client[service]["dead_letters"].delete_one({"_id": letter_id})

    def mend(self) -> None:
        """Starts whatever a failed scenario left dead or frozen; does nothing where all is well."""
        stack = self.stack
        for server in (stack.broker, stack.database, stack.mailbox):
            if server.running:
                server.thaw()
            else:
                server.start()
        stack.mailbox.behave()
        for process in stack.processes():
            process.thaw()
            if not process.running:
                process.launch()
        for process in stack.processes():
            process.wait_until_ready()

    def _has_come_to_rest(self, change: Change) -> bool:
        try:
            outcome = self.outcome(change)
        except (ServiceSilent, ServiceRefused):
            return False
        return (
            bool(outcome)
            and outcome["waiting"] == 0
            and not _OPEN & {count["state"] for count in outcome["counts"]}
        )

    def change(self, accepted: Accepted, refused: frozenset[str] = frozenset()) -> Change:
        """An accepted report, with whom it concerns."""
        expected = self.people.expected(accepted.milestone.visibility, accepted.command)
        version = int(accepted.event_id.rpartition(":")[2])
        return Change(
            accepted.event_id,
            accepted.milestone.id,
            version,
            expected.mails,
            expected.by_hand,
            expected.left_out,
            refused,
            expected.digests,
        )

    def project(self, visibility: str) -> str:
        """A new one, and who has a role in it."""
        body = {
            "title": {"th": "ลำพูนจังหวัดสะอาด", "en": "Clean Lamphun"},
            "agency": {"th": "สำนักงานจังหวัดลำพูน"},
            "coordinator": _COORDINATOR,
            "fiscal_year": 2570,
            "missions": [5],
            "sectors": ["environment"],
            "areas": ["510112"],
            "visibility": visibility,
        }
        project_id = str(self.services.post("projects", "/v1/projects", body)["id"])
        for partner_id, role in self.people.roles().items():
            self.engage(partner_id, project_id, role)
        return project_id

    def engage(self, partner_id: str, project_id: str, role: str) -> None:
        path = f"/v1/partners/{partner_id}/engagements"
        self.services.post("partners", path, {"project_id": project_id, "role": role})


def open_world(
    stack: Stack,
    table: Table,
    kind: type[Kind] = World,  # type: ignore[assignment]  # Kind is World unless it is said
    people: Callable[[Services], People] = gather,
) -> Kind:
    """Makes the people and waits until every service knows them. The stack runs; findings go into `table`."""
    settings = Settings.from_environment(stack.operator_environment(), required=())
    services = Services(settings, subject=SUBJECT)
    world = kind(stack, services, people(services), table)
    known = {person.id for person in world.people.persons}
    with stack.database.client() as client:
        contacts = client["notifications"]["contacts"]
        until(lambda: known <= {c["_id"] for c in contacts.find({}, {"_id": 1})}, "contacts are known")
    return world


def _id_of(mail: Received) -> str:
    """Read from the bytes: parsing thousands of mails would take longer than sending them."""
    found = _MESSAGE_ID.search(mail.data)
    return found[1].decode("ascii", "replace") if found else ""
