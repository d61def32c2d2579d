"""Mails come back over Debian's Postfix and Dovecot, and are read over IMAP and LMTP."""

from __future__ import annotations

import os
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo.database import Database

from services.notifications.intake.service.account import account
from services.notifications.intake.service.imap import ImapReader
from services.notifications.intake.service.lmtp import LmtpListener
from services.notifications.intake.storage.mailboxes import MailboxStore
from services.notifications.mail.tokens import REPLY
from shared.testing.clock import FixedClock
from shared.testing.mail_servers import Dovecot, MailServersNotInstalled, Postfix, require_mail_servers
from shared.testing.mailbox import Fault, Mailbox
from shared.testing.ports import free_port
from tests.integration.intake.world import Intake
from tests.unit.intake.mails import mail

HANDED_OVER = "handed.example.org"  # its mail goes to our LMTP listener


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    try:
        require_mail_servers()
    except MailServersNotInstalled as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))  # a laptop without it; CI has failed above
    server = Dovecot()
    server.start()
    yield server
    server.discard()


@pytest.fixture(scope="module")
def lmtp_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def postfix(dovecot: Dovecot, mailbox_server: Mailbox, lmtp_port: int) -> Iterator[Postfix]:
    """Our mails come back to Dovecot; everybody else's go on to the mail server of the tests."""
    server = Postfix({
        "lamphun.example.org": f"lmtp:inet:127.0.0.1:{dovecot.lmtp_port}",
        "example.org": f"smtp:[127.0.0.1]:{mailbox_server.port}",
        HANDED_OVER: f"lmtp:inet:127.0.0.1:{lmtp_port}",
    })  # fmt: skip
    server.start()
    yield server
    server.discard()


class Relayed:
    """A mail server as the sender sees it."""

    def __init__(self, mailbox: Mailbox, url: str) -> None:
        self.url, self._mailbox = url, mailbox

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mailbox, name)


@pytest.fixture
def road(database: Database[Any], mailbox: Mailbox, postfix: Postfix, clock: FixedClock) -> Intake:
    """Notifications that send by way of Postfix."""
    return Intake(database, Relayed(mailbox, postfix.url), clock)  # type: ignore[arg-type]  # a mailbox behind it


@pytest.fixture
def reader(road: Intake, dovecot: Dovecot, clock: FixedClock) -> ImapReader:
    """Of a mailbox whose earlier mails are known: other tests' deliveries have the same ids."""
    now_real(clock)
    mailboxes, ours = MailboxStore(road.database), account(dovecot.url)
    client = ours.connect()
    chosen = client.select_folder("INBOX")
    client.logout()
    mailboxes.write(ours.name, chosen[b"UIDVALIDITY"], chosen[b"UIDNEXT"] - 1)
    return ImapReader(ours, road.taking, mailboxes, clock, threading.Event())


def eventually(found: Callable[[], Any], seconds: float = 40) -> Any:
    ends = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < ends, "it never happened"
        time.sleep(0.1)
    return value


def fetched(reader: ImapReader, dovecot: Dovecot) -> int:
    """One look through the mailbox; how many mails it brought."""
    client = account(dovecot.url).connect()
    try:
        return reader.look(client)
    finally:
        client.logout()


def send(postfix: Postfix, raw: bytes, to: str, sender: str = "c1@example.org") -> None:
    with smtplib.SMTP("127.0.0.1", postfix.port) as client:
        client.sendmail(sender, [to], raw)


def now_real(clock: FixedClock) -> None:
    """Dovecot dates what comes by the machine's clock."""
    clock.advance(seconds=time.time() - clock.now().timestamp())


def test_a_bounce_made_by_postfix_marks_the_delivery_and_suppresses_the_address(
    road: Intake, reader: ImapReader, dovecot: Dovecot, mailbox: Mailbox, clock: FixedClock
) -> None:
    """Accepted by our own server, refused by the next, returned to the signed envelope sender."""
    mailbox.misbehave(Fault("rcpt", reply="550 5.1.1 no such mailbox", recipient="c1@*"))
    delivery = road.told_delivery("c1")
    event = delivery.rpartition(":0:0:0")[0]
    assert road.states(event)["c1"] == ("accepted", None)

    eventually(lambda: fetched(reader, dovecot))
    road.handle()

    assert road.newest()["outcome"] == "bounced_gone"
    assert road.states(event)["c1"] == ("bounced", "5.1.1")
    assert [each["data"]["why"] for each in road.events("suppressions")] == ["5.1.1"]
    counts = road.events()[-1]["data"]["outcomes"]
    assert counts == [{"state": "bounced", "why": "5.1.1", "count": 1}]


def test_an_answer_goes_out_and_comes_back_over_smtp_lmtp_and_imap(
    road: Intake, reader: ImapReader, dovecot: Dovecot, postfix: Postfix, mailbox: Mailbox, clock: FixedClock
) -> None:
    """And its acknowledgement arrives; a mailbox numbered anew brings nothing twice."""
    address = road.signed.address(REPLY, road.told_delivery("c1"))

    send(postfix, mail(address, "รายสัปดาห์"), address)
    eventually(lambda: fetched(reader, dovecot))
    road.handle()
    road.acknowledging.send_waiting()

    assert [event["data"]["mode"] for event in road.wished()] == ["weekly"]
    subjects = eventually(lambda: [m.subject for m in mailbox.messages() if m.envelope_from == "<>"])
    assert subjects == ["เปลี่ยนเป็นสรุปรายสัปดาห์แล้ว"]

    kept = road.database["incoming"].find_one({"outcome": "weekly"})
    dovecot.renumber()
    assert fetched(reader, dovecot) >= 1
    assert fetched(reader, dovecot) == 0
    assert road.database["incoming"].find_one({"outcome": "weekly"}) == kept
    assert len(road.wished()) == 1


def test_the_reader_lives_through_a_server_that_goes_away_and_is_told_by_idle(
    road: Intake, reader: ImapReader, dovecot: Dovecot, postfix: Postfix, clock: FixedClock
) -> None:
    """What came meanwhile is read when it is back."""
    stopping: threading.Event = reader._stopping
    thread = threading.Thread(target=reader.run, daemon=True)
    thread.start()
    try:
        eventually(lambda: reader.looked_at)
        delivery = road.told_delivery("c1")
        first, second = (road.signed.address(REPLY, delivery) for _ in range(2))
        known = road.database["incoming"].count_documents({})
        send(postfix, mail(first, "รายวัน"), first)
        eventually(lambda: road.database["incoming"].count_documents({}) == known + 1)

        dovecot.stop()
        send(postfix, mail(second, "ทันที"), second)
        time.sleep(0.5)
        dovecot.start()

        eventually(lambda: road.database["incoming"].count_documents({}) == known + 2, seconds=40)
    finally:
        stopping.set()
        thread.join(10)
    assert not thread.is_alive()


def test_postfix_hands_over_by_lmtp_once_it_is_stored(
    road: Intake, postfix: Postfix, lmtp_port: int, mailbox: Mailbox
) -> None:
    """Two recipients are two answers of ours; nobody else's mail is taken."""
    listener = LmtpListener(f"127.0.0.1:{lmtp_port}", road.taking, road.signed.is_for_us)
    listener.start()
    try:
        address = road.signed.address(REPLY, road.told_delivery("c1"))
        ours = address.replace("lamphun.example.org", HANDED_OVER)
        with smtplib.SMTP("127.0.0.1", postfix.port) as client:
            client.sendmail("c1@example.org", [ours, f"prasan@{HANDED_OVER}"], mail(ours, "หยุด"))
        eventually(lambda: road.database["incoming"].count_documents({}) == 1)
        road.handle()
        assert road.newest()["outcome"] == "stop"
        assert road.newest()["source"] == "lmtp"

        with smtplib.LMTP("127.0.0.1", lmtp_port) as client:
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                client.sendmail("c1@example.org", ["somebody@elsewhere.example.org"], b"Subject: x\n\nx")
            assert refused.value.recipients["somebody@elsewhere.example.org"][0] == 550
    finally:
        listener.stop()


def test_a_mail_of_twenty_megabytes_is_taken_by_its_beginning(
    road: Intake, reader: ImapReader, dovecot: Dovecot, postfix: Postfix, clock: FixedClock
) -> None:
    """An answer stands in its beginning; what hangs below it is not kept."""
    address = road.signed.address(REPLY, road.told_delivery("c1"))
    raw = mail(address, "หยุด\n\n-- \n" + "ภาพ" * 100)
    big = raw + (b"QUFB" * 18 + b"\n") * 280_000

    send(postfix, big, address)
    eventually(lambda: fetched(reader, dovecot))
    road.handle()

    newest = road.newest()
    assert (newest["size"] > 20_000_000, len(newest["raw"]) < 200_000) == (True, True)
    assert newest["outcome"] in ("stop", "ask")
