"""Reads a mailbox over IMAP and changes nothing in it: people may read the same mailbox.

What is new is known by UID. When the server numbers its mails anew, all of the last weeks are fetched again
and known by what is in them.
"""

from __future__ import annotations

import contextlib
import imaplib
import threading
import time
from collections.abc import Iterator

import structlog
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from services.notifications.intake import metrics
from services.notifications.intake.application.taking import LARGEST_KEPT, Taking
from services.notifications.intake.service.account import Account
from services.notifications.intake.storage.mailboxes import MailboxStore
from shared.clock import Clock
from shared.errors import DependencyDown
from shared.messaging.retention import RETENTION
from shared.messaging.waiting import backoff

LOOK_EVERY = 10.0  # seconds, where the server does not tell by itself
IDLE_FOR = 240.0  # seconds of IDLE before it is begun anew (RFC 2177: less than 29 minutes)
CHECK_EVERY = 2.0  # seconds of IDLE between looks whether to stop
AT_ONCE = 20  # mails between two notes of how far we are
# Far enough within the time in which a mail that comes again is known to be the same.
LOOK_BACK = RETENTION * 2 / 3
IMAP_DOWN = (IMAPClientError, imaplib.IMAP4.error, OSError, EOFError, ValueError)

log = structlog.get_logger(__name__)


class ImapReader:
    """One thread for one mailbox."""

    def __init__(
        self,
        account: Account,
        taking: Taking,
        mailboxes: MailboxStore,
        clock: Clock,
        stopping: threading.Event,
    ) -> None:
        self._account, self._taking, self._mailboxes = account, taking, mailboxes
        self._clock, self._stopping = clock, stopping
        self.looked_at: float | None = None  # monotonic: when the mailbox was last looked through

    def run(self) -> None:
        """Until the process stops."""
        pauses = backoff(most=60.0)
        while not self._stopping.is_set():
            try:
                for _ in self._looks():
                    pauses = backoff(most=60.0)
            except (*IMAP_DOWN, DependencyDown) as error:
                pause = next(pauses)
                log.warning("mailbox_waits", cause=type(error).__name__, seconds=round(pause, 1))
                self._stopping.wait(pause)

    def _looks(self) -> Iterator[None]:
        """One connection, as long as it lasts; once for each look through the mailbox."""
        client = self._account.connect()
        try:
            wait = self._idle if client.has_capability("IDLE") else self._sleep
            while not self._stopping.is_set():
                self.look(client)
                yield
                wait(client)
        finally:
            with contextlib.suppress(*IMAP_DOWN):
                client.logout()

    def look(self, client: IMAPClient) -> int:
        """Take what is new; how many mails were. Raises IMAP_DOWN, DependencyDown."""
        folder = self._account.name
        chosen = client.select_folder(self._account.folder, readonly=True)
        validity, upcoming = int(chosen.get(b"UIDVALIDITY", 1)), int(chosen.get(b"UIDNEXT", 0))
        known_validity, last = self._mailboxes.read(folder)
        if known_validity != validity or 0 < upcoming <= last:
            last = 0
        uids = self._new(client, last)
        for start in range(0, len(uids), AT_ONCE):
            part = uids[start : start + AT_ONCE]
            self._take(client, part)
            self._mailboxes.write(folder, validity, part[-1])
        if not uids and (known_validity, last) != (validity, last):
            self._mailboxes.write(folder, validity, last)
        self.looked_at = time.monotonic()
        metrics.IMAP_ALIVE.set_to_current_time()
        return len(uids)

    def _new(self, client: IMAPClient, last: int) -> list[int]:
        """`n:*` names the last mail even where its UID is below n (RFC 9051, 6.4.8)."""
        since = (self._clock.now() - LOOK_BACK).date()
        found = client.search(["UID", f"{last + 1}:*", "SINCE", since])
        return sorted(uid for uid in found if uid > last)

    def _take(self, client: IMAPClient, uids: list[int]) -> None:
        client.normalise_times = False  # with their offset from UTC
        known = client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        for uid in uids:
            fetched = client.fetch([uid], [f"BODY.PEEK[]<0.{LARGEST_KEPT}>"]).get(uid, {})
            raw = next((value for key, value in fetched.items() if key.startswith(b"BODY[]")), None)
            if raw:  # else it was deleted meanwhile
                size = int(known.get(uid, {}).get(b"RFC822.SIZE", len(raw)))
                came_at = known.get(uid, {}).get(b"INTERNALDATE")
                self._taking.take(bytes(raw), "imap", size=size, came_at=came_at)

    def _idle(self, client: IMAPClient) -> None:
        """Until the server tells of something, or for a while."""
        ends = time.monotonic() + IDLE_FOR
        client.idle()
        told = False
        while not told and not self._stopping.is_set() and time.monotonic() < ends:
            told = any(len(each) > 1 and each[1] == b"EXISTS" for each in client.idle_check(CHECK_EVERY))
        client.idle_done()

    def _sleep(self, client: IMAPClient) -> None:
        self._stopping.wait(LOOK_EVERY)
