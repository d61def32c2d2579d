"""The notifications service without nameko: its use cases on a real database and a real mail server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pymongo.database import Database

from services.notifications.application.by_hand import ByHand
from services.notifications.application.contacts import Contacts
from services.notifications.application.digest_viewing import DigestViewing
from services.notifications.application.digest_writing import DigestWriter
from services.notifications.application.lane import Lane, MailTrouble
from services.notifications.application.operating import Operating
from services.notifications.application.planning import Plan
from services.notifications.application.recording import Recording
from services.notifications.application.settling import settlement
from services.notifications.application.viewing import Viewing
from services.notifications.domain.dispatches import Dispatch, delivery_id
from services.notifications.domain.recipients import Recipient
from services.notifications.sending.building import Workshop, post
from services.notifications.smtp.conversation import Conversation, Timeouts
from services.notifications.smtp.server import mail_server
from services.notifications.storage.archive import Archive
from services.notifications.storage.by_hand import TellingStore
from services.notifications.storage.stores import stores
from shared.clock import to_timestamp
from shared.config import Settings
from shared.contracts.envelope import Event
from shared.contracts.registry import check
from shared.sealing import Sealer
from shared.testing.clock import FixedClock
from shared.testing.mailbox import Mailbox
from tests.unit.notifications.scenes import NOW, PROJECT, SECRET, about, audience_page, members, project, text

SETTINGS = Settings(
    prasan_secret_key=SECRET,
    mail_from="prasan@lamphun.example.org",
    mail_mode="send",
    lease_seconds=10,
)
QUICK = Timeouts(connect=2, command=2, final_dot=1)


class World:
    """`settings` are fields of Settings to differ from SETTINGS."""

    def __init__(self, database: Database[Any], mailbox: Mailbox, clock: FixedClock, **settings: Any) -> None:
        self.database, self.mailbox, self.clock = database, mailbox, clock
        self.settings = replace(SETTINGS, smtp_url=mailbox.url, **settings)
        self.stores = stores(database, clock)
        self.stores.ensure_indexes()
        self.sealer = Sealer(SECRET)
        self.workshop = Workshop(
            self.settings, self.stores, post(self.settings), lambda seconds: False, lambda: False
        )
        self.recording = Recording(self.stores.recorder, clock, lambda: None)
        self.contacts = Contacts(self.stores.contacts, self.sealer.open, lambda: None)
        self.viewing = Viewing(
            Archive(database),
            self.stores.recorder,
            self.stores.messages,
            self.workshop.post.office,
        )
        self.by_hand = ByHand(
            TellingStore(database),
            self.stores.recorder,
            self.stores.directory,
            self.workshop.post.office,
            clock,
        )
        self.digest_viewing = DigestViewing(
            self.stores.digests,
            self.stores.directory,
            DigestWriter(self.stores.recorder, self.stores.messages, self.workshop.post.office),
            clock,
        )
        self.operating = Operating(
            self.stores.control,
            self.stores.suppressions,
            self.sealer.fingerprint,
            clock,
            self.settings.mail_mode,
            lambda: 0.0,
        )
        self.server = mail_server(mailbox.url, QUICK)
        self.line: Conversation | None = None

    # What arrives --------------------------------------------------------------------------------

    def hear(self, event: Event) -> None:
        """An event of partners, checked as the consumer does it."""
        use_case = self.contacts.apply if ".contact." in event.type else self.recording.record
        use_case(check(event))

    def know(self, *contact_ids: str, version: int = 1, **given: Any) -> None:
        """Contacts with these ids arrive."""
        for contact_id in contact_ids:
            self.hear(self.contact_event(contact_id, version, **given))

    def tell(self, *contact_ids: str, kind: str = "reached", version: int = 12, **given: Any) -> str:
        """An audience of these contacts arrives; the event's id."""
        subject = about(kind, version, **{"time": self.clock.now(), **given})
        self.hear(audience_page(subject, members(*contact_ids, reasons=given.get("reasons"))))
        return str(subject["id"])

    def hear_measured(self, *contact_ids: str, version: int, value: float) -> None:
        """A measurement of an indicator, with its audience."""
        data = {
            "indicator_id": "01JINDICATOR",
            "project_id": PROJECT,
            "project": project(),
            "title": text("จำนวนครั้งที่อบรม", "Trainings held"),
            "unit": text("ครั้ง", "sessions"),
            "baseline": 0,
            "target": 50,
            "value": value,
            "measured_on": "2026-11-23",
            "areas": [],
            "historic": False,
        }
        self._hear_of("01JINDICATOR", "indicator.measured", version, data, contact_ids)

    def hear_project(self, *contact_ids: str, happened: str = "completed", version: int = 12) -> None:
        """A project that was started or completed, with its audience."""
        data = {"project": project(version), "historic": False}
        self._hear_of(PROJECT, f"project.{happened}", version, data, contact_ids)

    def _hear_of(
        self, subject: str, happened: str, version: int, data: dict[str, Any], contact_ids: tuple[str, ...]
    ) -> None:
        event = {
            "id": f"{subject}:{version}",
            "type": f"projects.{happened}.v1",
            "time": to_timestamp(self.clock.now()),
            "version": version,
            "data": data,
        }
        self.hear(audience_page(event, members(*contact_ids)))

    def settle(self, dispatches: Sequence[Dispatch], plan: Plan) -> None:
        """What a lane does at the end of a claim."""
        now = self.clock.now()
        self.stores.ledger.settle([settlement(d, plan.recipients[d.id], (), now) for d in dispatches])

    def contact_event(self, contact_id: str, version: int = 1, **given: Any) -> Event:
        """`address` None: told by hand; other fields of the event or the person may be given."""
        address = given.pop("address", f"{contact_id.lower()}@example.org")
        person = {
            "address": address,
            "name": given.pop("name", "กมลวรรณ ใจงาม"),
            "salutation": given.pop("salutation", "คุณ"),
            "position": "ผู้จัดการฝ่าย CSR",
            "by_hand": given.pop("by_hand", None),
            "source": given.pop("source", ""),
        }
        data = {
            "contact_id": contact_id,
            "contact_version": version,
            "sealed": self.sealer.seal(person),
            "fingerprint": self.sealer.fingerprint(address) if address else None,
            "language": "th",
            "quiet_hours": None,
            "lawful_basis": "public_task",
            "unsubscribed": False,
            **given,
        }
        return _contact_event("changed", contact_id, version, data)

    def erased_event(self, contact_id: str, version: int, fingerprint: str | None = None) -> Event:
        data = {"contact_id": contact_id, "contact_version": version, "fingerprint": fingerprint}
        return _contact_event("erased", contact_id, version, data)

    # What is done --------------------------------------------------------------------------------

    def turn(self, lane: Lane | None = None) -> int:
        """One turn of a lane: recover what was abandoned, claim and send what is due; mails taken."""
        lane = lane or self.workshop.lane()
        due = self.stores.ledger.due(self.clock.now(), 100)
        for lapsed in (each for each in due if each.lease):
            self.workshop.recovery().recover(lapsed)
        try:
            return lane.work([each for each in due if not each.lease], self.open_line)
        except MailTrouble:
            return 0

    def work_off(self, turns: int = 50, **step: float) -> None:
        """Turn after turn, `step` of time between them, until nothing is left to do by time."""
        for _ in range(turns):
            self.turn()
            if self.stores.control.waiting() == 0:
                return
            self.clock.advance(**(step or {"hours": 5}))

    def keep_digests(self) -> None:
        """What a process does beside its lanes, until nothing is left to do."""
        keeper = self.workshop.keeper(lambda: None)
        while keeper.turn():
            pass

    def go_on_until(self, instant: datetime) -> None:
        """Time passes; then digests are closed, sent, and their news share what became of them."""
        self.clock.set(instant)
        self.turn()
        self.keep_digests()
        self.turn()
        self.keep_digests()

    def open_line(self) -> Conversation:
        if self.line is None or not self.line.open:
            self.line = self.server.connect()
        return self.line

    # What is seen --------------------------------------------------------------------------------

    def recipients(self, event_id: str) -> dict[str, Recipient]:
        """Contact id → recipient."""
        ids = self.viewing.archive.dispatch_ids(event_id, None, None)
        return {r.contact: r for d in self.viewing.archive.dispatches(ids) for r in d.recipients}

    def states(self, event_id: str) -> dict[str, tuple[str, str | None]]:
        """Contact id → (state, why)."""
        return {key: (r.state, r.why) for key, r in self.recipients(event_id).items()}

    def delivery(self, event_id: str, position: int = 0, page: int = 0, slice_: int = 0) -> dict[str, Any]:
        return self.viewing.delivery(delivery_id(f"{event_id}:{page}:{slice_}", position))

    def told(self) -> Counter[str]:
        """How often each address was told."""
        return Counter(address for mail in self.mailbox.messages() for address in mail.recipients)

    def events(self, collection: str = "dispatches") -> list[dict[str, Any]]:
        """What waits to be published."""
        return [event for d in self.database[collection].find() for event in d.get("outbox", ())]


def _contact_event(what: str, contact_id: str, version: int, data: dict[str, Any]) -> Event:
    return Event(
        id=f"{contact_id}:{version}",
        type=f"partners.contact.{what}.v1",
        source="prasan/partners",
        subject=f"contacts/{contact_id}",
        time=NOW,
        version=version,
        data=data,
    )
