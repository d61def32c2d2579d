"""Working days in the life of a province, one after the other on a clock that is moved: digests and reminders
in the morning, reports all day, and by mail what people answer to yesterday's alert and what comes back."""

from __future__ import annotations

import re
import smtplib
import threading
import time
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour_of_day
from typing import Any

from prasan.services import ServiceRefused, ServiceSilent
from shared.calendar import BANGKOK, is_working_day, local_day
from shared.testing.mailbox import Received
from shared.testing.service import ServiceProcess
from shared.testing.stack import Stack
from tests.faults.answer_checker import Became, Came
from tests.faults.checker import Change, Findings, Taken
from tests.faults.crashing import wait_until_up
from tests.faults.digest_checker import Shown, check_digests
from tests.faults.load import Accepted, Planned
from tests.faults.people import AT_ONCE, BY_DIGEST, CONSENT, NO_SUBSCRIPTION, Organisation, address
from tests.faults.world import TooLong, World, until
from tests.unit.intake.mails import complaint, dsn, mail

INTAKE = "notifications.intake"
WOKEN = ("projects", "notifications", INTAKE)  # the services to which the time matters
OPEN = hour_of_day(9, 0)
FOREVER = 8  # days in which every digest has come due
PATIENCE = 60.0  # seconds for which a mail server tries to hand a mail over
COMMANDS = (("reach",), ("reschedule", "reach"), ("reschedule",), ("cancel",))
LETTERS_IN_DOUBT = 2  # a day: one acknowledgement may be under way each time the intake dies
LOADED = 4  # milestones reported a day, beside those of that day's team
_TEAM, _REMINDERS = "partners", "reminders"
_DIGEST = ("สรุปราย", "Daily digest", "Weekly digest")
_ENTRY = re.compile(r"^\d+\. .*?(?:ครั้งที่|Training) (\d+)", re.MULTILINE)
_NULL_SENDER = "<>"

ORGANISATIONS = (
    Organisation("coordinator", "agency", "coordinator", NO_SUBSCRIPTION, {"mail": 1}),
    Organisation("head", "agency", "head", NO_SUBSCRIPTION, {"mail": 1}),
    Organisation("secretariat", "agency", "secretariat", NO_SUBSCRIPTION, {"mail": 1}),
    Organisation("implementer", "industry", "implementer", NO_SUBSCRIPTION, {"mail": 1}),
    Organisation(
        "readers", "chamber", None, ("environment",), {"mail": 6, "by_hand": 1, **dict.fromkeys(BY_DIGEST, 2)}
    ),
)

# What one contact of the day's team does: text of the answer or kind of the return, what partners must then
# say, and how the next alert finds them.
ANSWERS: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    "daily": ("รายวันค่ะ", {"mode": "daily"}, "digest"),
    "weekly": ("Weekly please", {"mode": "weekly"}, "digest"),
    "stop": ("หยุด", {"unsubscribed": True}, "unsubscribed"),
    "mute": ("หยุดโครงการนี้ครับ", {"muted": True}, "unsubscribed"),
    "ask": ("สอบถาม ประชุมครั้งต่อไปวันไหนคะ", {}, "mail"),
}
RETURNS: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    "bounce": ("bounced", {"suppressed": "5.1.1"}, "suppressed"),
    "complain": ("complained", {"suppressed": "complaint"}, "suppressed"),
}
DOES = {**ANSWERS, **RETURNS}


def next_working_day(day: date, steps: int = 1) -> date:
    """So many working days later (earlier if negative)."""
    one = timedelta(days=1 if steps > 0 else -1)
    for _ in range(abs(steps)):
        day += one
        while not is_working_day(day):
            day += one
    return day


@dataclass(frozen=True)
class Deadline:
    """A milestone that nobody reports, and on which day whom time tells of it."""

    milestone: Planned
    due: date

    def on(self, today: date) -> tuple[str, tuple[str, ...]] | None:
        """The rule of that day, and who hears of it."""
        days = {
            next_working_day(self.due, -1): ("due_1", ("coordinator", "implementer")),
            next_working_day(self.due): ("overdue_1", ("coordinator",)),
            _from(self.due + timedelta(days=8)): ("overdue_8", ("head",)),
            _from(self.due + timedelta(days=15)): ("overdue_15", ("secretariat",)),
        }
        return days.get(today)


def _from(day: date) -> date:
    return day if is_working_day(day) else next_working_day(day)


@dataclass
class Team:
    """The people of one project who are told of its first milestone, and answer; then of its second."""

    project_id: str
    first: Planned
    second: Planned
    people: Mapping[str, tuple[str, str]]  # what they do → contact id, address

    def told_at_once(self) -> Mapping[str, str]:
        return dict(self.people.values())

    def returned(self) -> Mapping[str, str]:
        return {self.people[does][0]: became for does, (became, _, _) in RETURNS.items()}

    def expected(self, way: str) -> Mapping[str, str]:
        """Contact id → address of those whom the second alert finds this way."""
        return dict(self.people[does] for does, (_, _, found) in DOES.items() if found == way)


class Sender(threading.Thread):
    """A mail server that hands mails over by LMTP and keeps each until we say that it is kept.

    `mails` are (to, raw); one every `pace` seconds. `repeats` counts how often it had to try again.
    """

    def __init__(self, port: int, mails: Sequence[tuple[str, bytes]], pace: float) -> None:
        super().__init__(daemon=True)
        self._port, self._mails, self._pace = port, mails, pace
        self.repeats = 0
        self.kept = 0

    def run(self) -> None:
        for to, raw in self._mails:
            deadline = time.monotonic() + PATIENCE
            while not self._kept(to, raw) and time.monotonic() < deadline:
                self.repeats += 1
                time.sleep(0.2)
            time.sleep(self._pace)

    def finish(self) -> None:
        """Raises AssertionError where a mail was not taken in time."""
        self.join(2 * PATIENCE)
        assert self.kept == len(self._mails), f"{self.kept} of {len(self._mails)} mails were taken"

    def _kept(self, to: str, raw: bytes) -> bool:
        try:
            with smtplib.LMTP("127.0.0.1", self._port, timeout=10) as intake:
                intake.sendmail("somebody@example.org", [to], raw)
        except (OSError, smtplib.SMTPException):
            return False
        self.kept += 1
        return True


@dataclass
class Days(World):
    """A world whose clock goes from working day to working day, and to which mail comes back."""

    today: date = field(default_factory=lambda: local_day(datetime.now(UTC)))
    teams: list[Team] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    came: list[tuple[Team, Came]] = field(default_factory=list)
    lmtp_port: int = 0
    _extra: dict[str, Change] = field(default_factory=dict)
    _milestones: dict[int, str] = field(default_factory=dict)
    _deadlines_project: str = ""

    # A day -----------------------------------------------------------------------------------------

    def assemble(self) -> Team:
        """A new team, of which everybody has the mail about their first milestone."""
        project_id, partner_id = self.project(_TEAM), self._partner()
        self.engage(partner_id, project_id, "sponsor")
        people = {does: self._member(partner_id, does) for does in DOES}
        first, second = (self.milestone(project_id, _TEAM, ["reach"]) for _ in range(2))
        team = Team(project_id, first, second, people)
        self._extra[first.id] = Change("", "", 0, team.told_at_once(), returned=team.returned())
        left_out = {way: len(team.expected(way)) for way in ("unsubscribed", "suppressed")}
        self._extra[second.id] = Change(
            "", "", 0, team.expected("mail"), left_out=left_out, digests=team.expected("digest")
        )
        self.teams.append(team)
        return team

    def enter_deadline(self) -> None:
        """A milestone that is due the working day after next, and that nobody will report."""
        self._deadlines_project = self._deadlines_project or self.project(_TEAM)
        due = next_working_day(self.today, 2)
        milestone = self.milestone(self._deadlines_project, _TEAM, ["reach"], due.isoformat())
        self.deadlines.append(Deadline(milestone, due))

    def morning(self, failpoints: Mapping[str, Sequence[str]], day: date | None = None) -> None:
        """The next working day at nine: whoever asks for the time dies, and starts again on that day."""
        self.today = day or next_working_day(self.today)
        woken = [process for service in WOKEN for process in self.stack.services[service]]
        for process in woken:
            process.kill()
        opens = datetime.combine(self.today, OPEN, BANGKOK)
        self.stack.database.move_clock(opens - datetime.now(UTC))
        for process in woken:
            process.launch("" if process.replica else failpoints.get(process.service, ("",))[0])
        wait_until_up(woken)

    def mails_of(self, team: Team) -> list[tuple[str, bytes]]:
        """What this team sends us about their first alert, and what of it comes back."""
        alerts = {mail.recipients[0]: mail for mail in self.stack.mailbox.messages()}
        return [
            _sent(does, alerts[address], address, text)
            for does, (text, _, _) in DOES.items()
            for address in [team.people[does][1]]
        ]

    def expect_of(self, team: Team) -> None:
        """What must become of these mails."""
        for does, (_, wanted, _) in DOES.items():
            contact_id, address = team.people[does]
            came = Came(contact_id, address, does, wanted, 1, does in ANSWERS, does == "ask")
            self.came.append((team, came))

    def reminders(self) -> list[Change]:
        """What time must make of the deadlines today."""
        made = []
        for deadline in self.deadlines:
            found = deadline.on(self.today)
            if found:
                event_id = f"{deadline.milestone.id}:{found[0]}:{deadline.due.isoformat()}"
                mails = {p.id: p.address for p in self.people.persons if p.organisation.key in found[1]}
                made.append(Change(event_id, deadline.milestone.id, 0, {k: a for k, a in mails.items() if a}))
        self.changes.setdefault(_REMINDERS, []).extend(made)
        return made

    # What came of it -------------------------------------------------------------------------------

    def became(self, several: Iterable[tuple[Team, Came]]) -> dict[str, Became]:
        """Contact id → what is found of what they sent."""
        several = list(several)
        letters: dict[str, list[str]] = {}
        with self.stack.database.client() as client:
            ids = [came.contact_id for _, came in several]
            for letter in client["notifications"]["acknowledgements"].find({"contact_id": {"$in": ids}}):
                letters.setdefault(letter["contact_id"], []).append(letter["state"])
        copies = [mail.recipients[0] for mail in self._answers()]
        asked = {team.project_id: self._asked(team) for team, _ in several}
        return {
            came.contact_id: Became(
                self._contact(came.contact_id, team),
                tuple(letters.get(came.contact_id, ())),
                copies.count(came.address),
                asked[team.project_id].count(came.contact_id),
            )
            for team, came in several
        }

    def digest_findings(self, changes: Collection[Change]) -> Findings:
        """All digests, against all that was to be shown in one."""
        words = [word for change in changes if change.digests for word in self.words(change)]
        shown = [self._shown(mail) for mail in self._digests()]
        return check_digests(changes, shown, words)

    def waits_for_a_digest(self, persons: Collection[str], changes: Iterable[Change]) -> bool:
        """Whether news of these changes to any of these contacts is neither told nor overtaken."""
        try:
            return any(
                word.state == "in_digest" and word.contact_id in persons
                for change in changes
                for word in self.words(change)
            )
        except (ServiceSilent, ServiceRefused):
            return True

    def taken(self) -> Sequence[Taken]:
        """Without digests and acknowledgements: these have checkers of their own."""
        taken = list(super().taken())  # first: more may arrive meanwhile
        aside = {mail.message_id for mail in (*self._digests(), *self._answers())}
        return [mail for mail in taken if mail.message_id not in aside]

    def milestone(
        self, project_id: str, visibility: str, commands: Sequence[str], due_date: str = ""
    ) -> Planned:
        planned = super().milestone(project_id, visibility, commands, due_date)
        self._milestones[planned.number] = planned.id
        return planned

    def change(self, accepted: Accepted, refused: frozenset[str] = frozenset()) -> Change:
        found, extra = super().change(accepted, refused), self._extra.get(accepted.milestone.id)
        if extra is None:
            return found
        return replace(
            found,
            mails={**found.mails, **extra.mails},
            digests={**found.digests, **extra.digests},
            left_out={**found.left_out, **extra.left_out},
            returned=extra.returned,
        )

    # Reading and writing ---------------------------------------------------------------------------

    def _digests(self) -> Iterator[Received]:
        return (mail for mail in self.stack.mailbox.messages() if mail.subject.startswith(_DIGEST))

    def _answers(self) -> Iterator[Received]:
        return (mail for mail in self.stack.mailbox.messages() if mail.envelope_from == _NULL_SENDER)

    def _shown(self, mail: Received) -> Shown:
        numbers = map(int, _ENTRY.findall(mail.body().replace("\r\n", "\n")))
        return Shown(mail.message_id, mail.recipients[0], tuple(self._milestones[n] for n in numbers))

    def _contact(self, contact_id: str, team: Team) -> Mapping[str, Any]:
        contact = self.services.get("partners", f"/v1/contacts/{contact_id}")
        return {
            "version": contact["version"],
            "mode": contact["preferences"]["mode"],
            "unsubscribed": contact["unsubscribed"],
            "muted": contact["muted_projects"] == [team.project_id],
            "suppressed": (contact["suppressed"] or {}).get("why"),
        }

    def _asked(self, team: Team) -> list[str]:
        path = f"/v1/projects/{team.project_id}/questions"
        return [question["contact_id"] for question in self.services.items("projects", path)]

    def _partner(self) -> str:
        body = {"name": {"th": "องค์กรร่วมงาน", "en": "Team"}, "kinds": ["industry"]}
        return str(self.services.post("partners", "/v1/partners", body)["id"])

    def _member(self, partner_id: str, does: str) -> tuple[str, str]:
        body = {
            "name": {"th": "สมหญิง ทดสอบ", "en": "Somying Thotsop"},
            "salutation": "เรียน คุณ",
            "address": address(does, uuid.uuid4().hex[:8], len(self.teams)),
            "partner_ids": [partner_id],
            "lawful_bases": CONSENT,
            "preferences": AT_ONCE,
        }
        made = self.services.post("partners", "/v1/contacts", body)
        return str(made["id"]), str(body["address"])


def _sent(does: str, alert: Received, address: str, text: str) -> tuple[str, bytes]:
    """(to whom, the mail) of what one person does about an alert."""
    reply_to = str(alert.message["Reply-To"]).strip("<>")
    if does == "bounce":
        return alert.envelope_from, dsn(alert.envelope_from, "5.1.1", recipient=address)
    if does == "complain":
        return reply_to, complaint(f"Return-Path: <{alert.envelope_from}>\nReply-To: <{reply_to}>")
    return reply_to, mail(reply_to, text, sender=address)


def all_ready(stack: Stack) -> None:
    """Whoever is dead starts again; returns once all are ready."""
    processes: list[ServiceProcess] = stack.processes()
    for process in processes:
        if not process.running:
            process.launch()
    for process in processes:
        process.wait_until_ready()


def wait_until_done(days: Days, team: Team) -> None:
    """Until everything that this team sent has become something. Raises TooLong with what has not."""
    try:
        until(lambda: not _not_done(days, team), "all that came is done")
    except TooLong as late:
        raise TooLong(f"{late}: {_not_done(days, team)}") from None


def _not_done(days: Days, team: Team) -> list[tuple[Came, Became | None]]:
    ours = [came for of_team, came in days.came if of_team is team]
    try:
        found = days.became([(team, came) for came in ours])
    except (ServiceSilent, ServiceRefused):
        return [(came, None) for came in ours]
    under_way = sum("sending" in became.letters for became in found.values()) > LETTERS_IN_DOUBT
    return [(came, found[came.contact_id]) for came in ours if under_way or not _is_done(came, found)]


def _is_done(came: Came, found: Mapping[str, Became]) -> bool:
    """A letter is left where it was when its sender died, and found out later."""
    became = found[came.contact_id]
    return (
        "pending" not in became.letters
        and len(became.letters) >= came.acknowledged
        and became.questions >= came.asked
        and all(became.contact[name] == value for name, value in came.wanted.items())
    )


def wait_until_told(days: Days, changes: Collection[Change]) -> None:
    """Until what was put into digests yesterday has come to its readers of every day."""
    readers = {person.id for person in days.people.persons if person.manner == "daily"}
    until(lambda: not days.waits_for_a_digest(readers, changes), "the daily digests are told of")
