"""The intake as a process: everything joined, started, and stopped in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from pymongo import MongoClient
from ulid import ULID

from services.notifications.intake.application.acknowledging import Acknowledging
from services.notifications.intake.application.answering import Answering
from services.notifications.intake.application.handling import Handling
from services.notifications.intake.application.returning import Returning
from services.notifications.intake.application.stopping import Stopping
from services.notifications.intake.application.taking import Taking
from services.notifications.intake.service.account import account
from services.notifications.intake.service.imap import ImapReader
from services.notifications.intake.service.lmtp import LmtpListener
from services.notifications.intake.service.pages import Pages
from services.notifications.intake.service.work import Work
from services.notifications.intake.storage.acknowledgements import AcknowledgementStore
from services.notifications.intake.storage.alerts import AlertedProjects
from services.notifications.intake.storage.deliveries import DeliveryStore
from services.notifications.intake.storage.incoming import IncomingStore
from services.notifications.intake.storage.mailboxes import MailboxStore
from services.notifications.intake.storage.people import People
from services.notifications.intake.storage.wishes import WishStore
from services.notifications.sending.building import post
from services.notifications.smtp.conversation import Timeouts
from services.notifications.smtp.server import mail_server
from services.notifications.storage.control import ControlStore
from services.notifications.storage.restoring import RestoreNotes
from services.notifications.storage.suppressions import SuppressionList
from shared.config import Settings
from shared.errors import DependencyDown
from shared.mongo import DATABASE_DOWN, DatabaseClock, connect
from shared.sealing import Sealer

USUAL_ADDRESS = "127.0.0.1:8004"
STOP_WITHIN = 20.0  # seconds

log = structlog.get_logger(__name__)


class Intake:
    """`run` serves until `stop`. Raises Misconfigured when it is made."""

    def __init__(self, settings: Settings) -> None:
        mailbox = account(settings.imap_url) if settings.imap_url else None
        self._stopping = threading.Event()
        self._listens = False
        self._client: MongoClient[dict[str, Any]] = connect(settings.mongo_uri, "intake")
        database = self._client.get_default_database()
        self._clock = clock = DatabaseClock(self._client)
        self._post, sealer = post(settings), Sealer.of(settings)
        book, people, letters = IncomingStore(database), People(database), AcknowledgementStore(database)
        deliveries, wishes = DeliveryStore(database), WishStore(database)
        suppressions, control = SuppressionList(database, clock), ControlStore(database)
        self._stores = (book, wishes, letters)
        restored_at = partial(_restored_at, RestoreNotes(database))
        signed, redirected = self._post.addresses, bool(self._post.redirect_to)
        handling = Handling(
            book,
            deliveries,
            signed,
            Returning(book, deliveries, people, suppressions, sealer.fingerprint, not redirected),
            Answering(book, people, wishes, letters, sealer.seal, restored_at),
            sealer.fingerprint,
            clock,
        )
        server = mail_server(settings.smtp_url, Timeouts(final_dot=float(settings.smtp_confirm_seconds)))
        acknowledging = Acknowledging(
            letters,
            people,
            AlertedProjects(database),
            self._post,
            partial(_may_send, settings.mail_mode, control),
            lambda fingerprint: bool(suppressions.active([fingerprint])),
            server.connect,
            clock,
        )
        self._handler = Work("handling", handling.handle_waiting, self._stopping)
        self._sender = Work("acknowledging", acknowledging.send_waiting, self._stopping)
        taking = Taking(book, clock, self._handler.wake)
        self._imap = self._lmtp = None
        if mailbox is not None:
            self._imap = ImapReader(mailbox, taking, MailboxStore(database), clock, self._stopping)
        if settings.lmtp_address:
            self._lmtp = LmtpListener(settings.lmtp_address, taking, self._post.addresses.is_for_us)
        stop = Stopping(deliveries, people, wishes, signed, clock, lambda: f"click-{ULID()}").stop
        self._pages = Pages(settings.http_address or USUAL_ADDRESS, self.ready, stop)

    def run(self) -> None:
        """Until `stop` is called."""
        self._pages.start()
        self._prepare()
        works: list[Callable[[], None]] = [self._handler.run, self._sender.run]
        if self._imap is not None:
            works.append(self._imap.run)
        threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in threads:
            thread.start()
        if self._lmtp is not None and not self._stopping.is_set():
            self._lmtp.start()
            self._listens = True
        self._stopping.wait()
        self._end(threads)

    def stop(self) -> None:
        self._stopping.set()
        self._handler.wake()
        self._sender.wake()

    def ready(self) -> Mapping[str, str]:
        """How each part is: `ok`, or what is wrong with it."""
        found = {"database": self._database()}
        if self._imap is not None:
            found["imap"] = "ok" if self._imap.looked_at is not None else "not looked through yet"
        if self._lmtp is not None:
            found["lmtp"] = "ok" if self._listens else "not listening yet"
        return found

    def _database(self) -> str:
        try:
            self._client.admin.command("ping")
        except DATABASE_DOWN as error:
            return type(error).__name__
        return "ok"

    def _prepare(self) -> None:
        """Indexes, as soon as the database answers."""
        while not self._stopping.is_set():
            try:
                for store in self._stores:
                    store.ensure_indexes()
                return
            except DependencyDown as error:
                log.warning("indexes_wait", cause=error.cause)
                self._stopping.wait(1.0)

    def _end(self, threads: list[threading.Thread]) -> None:
        """What is at work is finished; what is not confirmed comes again."""
        if self._lmtp is not None:
            self._lmtp.stop()
        ends = time.monotonic() + STOP_WITHIN
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))
        self._pages.stop()
        self._client.close()


def _may_send(mode: str, control: ControlStore) -> bool:
    return mode != "hold" and not control.read()["paused"]


def _restored_at(notes: RestoreNotes) -> datetime | None:
    restore = notes.last_restore()
    return restore.at if restore else None
