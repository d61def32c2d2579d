"""The mailbox takes mail as a mail server does, and goes wrong exactly as it is told."""

from __future__ import annotations

import smtplib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.testing.mailbox import Fault, Mailbox

SENDER, RECIPIENT = "prasan@example.org", "kamonwan@example.org"
MAIL = (
    "From: prasan@example.org\r\nTo: kamonwan@example.org\r\n"
    "Subject: =?utf-8?b?4LmB4Lil4LmJ4Lin4LmA4Liq4Lij4LmH4LiI?=\r\nMessage-ID: <1@example.org>\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    "เรียน คุณกมลวรรณ\r\n.จุดต้นบรรทัด\r\n..\r\n.\r\n ends with a dot.\r\n"
).encode()
ENVELOPE = f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<{RECIPIENT}>\r\nDATA\r\n".encode()


def stuffed(mail: bytes) -> bytes:
    return mail.replace(b"\r\n.", b"\r\n..") + b".\r\n"


@pytest.fixture
def client(mailbox: Mailbox) -> Iterator[smtplib.SMTP]:
    """An open SMTP connection."""
    with connected(mailbox) as client:
        yield client


def connected(mailbox: Mailbox) -> smtplib.SMTP:
    client = smtplib.SMTP("127.0.0.1", mailbox.port, local_hostname="test.localhost", timeout=5)
    client.ehlo()
    return client


def send(client: smtplib.SMTP, recipient: str = RECIPIENT) -> None:
    client.sendmail(SENDER, [recipient], MAIL)


class RawConversation:
    """A socket that speaks SMTP as bytes, so that a test decides what shares a packet."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.socket = socket.create_connection(("127.0.0.1", mailbox.port), 5)
        self.lines = self.socket.makefile("rb")
        self.reply()
        self.send(b"EHLO test.localhost\r\n")
        self.reply()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self) -> int:
        """The code of the next whole reply; 0 at the end of the connection."""
        while line := self.lines.readline():
            if line[3:4] == b" ":
                return int(line[:3])
        return 0

    def close(self) -> None:
        self.lines.close()
        self.socket.close()


def test_a_message_arrives_byte_for_byte(mailbox: Mailbox, client: smtplib.SMTP) -> None:
    """Thai text, lines that begin with dots and the envelope come out as they went in."""
    send(client)

    (received,) = mailbox.wait_for(1)
    assert received.data == MAIL
    assert (received.envelope_from, received.recipients) == (SENDER, (RECIPIENT,))
    assert received.subject == "แล้วเสร็จ"
    assert received.message_id == "<1@example.org>"
    assert "เรียน คุณกมลวรรณ" in received.body()


def test_what_senders_rely_on_is_advertised(client: smtplib.SMTP) -> None:
    """PIPELINING, 8BITMIME and ENHANCEDSTATUSCODES are offered."""
    assert all(client.has_extn(name) for name in ("pipelining", "8bitmime", "enhancedstatuscodes"))


def test_commands_in_one_packet_are_each_answered(mailbox: Mailbox) -> None:
    """Ten transactions in one write, message bodies among them, are taken in order."""
    raw = RawConversation(mailbox)
    raw.send((ENVELOPE + stuffed(MAIL)) * 10 + b"QUIT\r\n")

    assert [raw.reply() for _ in range(41)] == [250, 250, 354, 250] * 10 + [221]
    raw.close()
    assert [message.data for message in mailbox.wait_for(10)] == [MAIL] * 10


def test_bytes_that_trickle_in_are_put_together(mailbox: Mailbox) -> None:
    """A message cut anywhere into packets, also within its end, is the same message."""
    raw = RawConversation(mailbox)
    raw.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    whole = ENVELOPE + stuffed(MAIL)
    for start in range(0, len(whole), 7):
        raw.send(whole[start : start + 7])
        time.sleep(0.0005)

    assert [raw.reply() for _ in range(4)] == [250, 250, 354, 250]
    raw.close()
    assert mailbox.wait_for(1)[0].data == MAIL


def test_what_was_sent_before_the_sender_died_is_taken(mailbox: Mailbox) -> None:
    """A whole message whose sender never read a reply is stored, as a real server stores it."""
    raw = RawConversation(mailbox)
    raw.send(ENVELOPE + stuffed(MAIL))
    raw.socket.shutdown(socket.SHUT_WR)

    assert mailbox.wait_for(1)[0].data == MAIL
    raw.close()


def test_a_message_without_its_end_is_dropped(mailbox: Mailbox) -> None:
    """A sender that dies inside DATA leaves nothing behind."""
    raw = RawConversation(mailbox)
    raw.send(ENVELOPE + MAIL)
    raw.close()
    whole = RawConversation(mailbox)
    whole.send(ENVELOPE + stuffed(b"Subject: second\r\n\r\n"))

    assert [message.subject for message in mailbox.wait_for(1)] == ["second"]
    whole.close()


def test_a_refused_recipient_leaves_the_others(mailbox: Mailbox, client: smtplib.SMTP) -> None:
    """A fault for one recipient is met by that one alone."""
    mailbox.misbehave(Fault("rcpt", reply="550 5.1.1 No such user", recipient="gone@*"))

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(client, "gone@example.org")
    send(client)

    assert [message.recipients for message in mailbox.wait_for(1)] == [(RECIPIENT,)]
    assert mailbox.state()["happened"] == [1]


@pytest.mark.parametrize(
    ("phase", "kept"),
    [("mail", 0), ("rcpt", 0), ("data", 0), ("dot", 0), ("stored", 1)],
)
def test_a_temporary_error_at_any_step(mailbox: Mailbox, client: smtplib.SMTP, phase: str, kept: int) -> None:
    """A 4xx comes at its step, as often as it was asked for, and then never again."""
    mailbox.misbehave(Fault(phase, reply="451 4.3.0 Try later", times=1))

    with pytest.raises(smtplib.SMTPException) as refused:
        send(client)
    client.rset()
    send(client)

    assert "451" in str(refused.value) or b"4.3.0" in repr(refused.value).encode()
    assert len(mailbox.wait_for(kept + 1)) == kept + 1


def test_a_421_ends_the_connection(mailbox: Mailbox, client: smtplib.SMTP) -> None:
    """The reply is sent and the connection closed behind it."""
    mailbox.misbehave(Fault("mail", reply="421 4.3.2 Shutting down", close=True))

    with pytest.raises(smtplib.SMTPException, match="421"):
        send(client)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()


def test_a_busy_greeting(mailbox: Mailbox) -> None:
    """A server may say no before anything was asked."""
    mailbox.misbehave(Fault("connect", reply="421 4.3.2 Too busy", connections=[1]))

    with pytest.raises(smtplib.SMTPConnectError):
        connected(mailbox)
    connected(mailbox).quit()


@pytest.mark.parametrize(("phase", "kept"), [("body", 0), ("dot", 0), ("stored", 1)])
def test_a_connection_cut_around_the_message(
    mailbox: Mailbox, client: smtplib.SMTP, phase: str, kept: int
) -> None:
    """Cut inside DATA or before storing nothing is kept; cut after storing it is, without a reply."""
    mailbox.misbehave(Fault(phase, cut=True, times=1))

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(client)

    time.sleep(0.1)
    assert len(mailbox.messages()) == kept


def test_a_freeze_at_one_step_delays_only_that_connection(mailbox: Mailbox, client: smtplib.SMTP) -> None:
    """The others are served meanwhile."""
    mailbox.misbehave(Fault("dot", freeze=1.0, connections=[1]))
    slow = connected(mailbox)
    slow.mail(SENDER)
    slow.rcpt(RECIPIENT)
    slow.docmd("DATA")
    slow.send(stuffed(MAIL))

    started = time.monotonic()
    send(client)
    assert time.monotonic() - started < 0.9
    assert slow.getreply()[0] == 250
    assert time.monotonic() - started > 0.7
    slow.close()


def test_a_refused_connection(mailbox: Mailbox) -> None:
    """No mail server there at all, and back again."""
    mailbox.refuse()
    with pytest.raises(ConnectionRefusedError):
        connected(mailbox)

    mailbox.behave()
    connected(mailbox).quit()


def test_messages_outlive_the_server(tmp_path: Path) -> None:
    """kill -9 keeps what was stored, and the server counts on."""
    own = Mailbox(tmp_path)
    own.start()
    with connected(own) as client:
        send(client)
    own.kill()
    own.restart()
    with connected(own) as client:
        send(client)

    assert len(own.wait_for(2)) == 2
    assert own.state()["messages"] == 2
    own.discard()


def test_a_frozen_server_answers_nothing(mailbox: Mailbox) -> None:
    """SIGSTOP of the whole server, then on as before."""
    mailbox.freeze()
    try:
        with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
            smtplib.SMTP("127.0.0.1", mailbox.port, timeout=0.3)
    finally:
        mailbox.thaw()
    connected(mailbox).quit()


def test_a_password_can_be_demanded(tmp_path: Path) -> None:
    """Without AUTH nothing is taken, with the right password all is."""
    own = Mailbox(tmp_path, credentials="prasan:secret")
    own.start()
    with connected(own) as client:
        with pytest.raises(smtplib.SMTPException, match="530"):
            send(client)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("prasan", "wrong")
        client.login("prasan", "secret")
        send(client)

    assert own.url.startswith("smtp://prasan:secret@")
    assert len(own.wait_for(1)) == 1
    own.discard()


def test_thousands_of_messages_are_held_quickly(mailbox: Mailbox) -> None:
    """Two thousand pipelined messages come in and are read within seconds."""
    raw = RawConversation(mailbox)
    transaction = ENVELOPE + stuffed(MAIL)
    started = time.monotonic()
    for _ in range(40):
        raw.send(transaction * 50)
        assert [raw.reply() for _ in range(200)] == [250, 250, 354, 250] * 50
    raw.close()

    assert len(mailbox.wait_for(2_000)) == 2_000
    assert time.monotonic() - started < 20


def test_every_step_is_written_down(mailbox: Mailbox, client: smtplib.SMTP) -> None:
    """The journal names each phase, and no address."""
    send(client)

    steps = [line["step"] for line in mailbox.journal()]
    assert steps[-7:] == ["mail", "rcpt", "data", "body", "dot", "kept", "stored"]
    assert "example.org" not in (mailbox.directory / "journal.jsonl").read_text()


def test_an_unknown_phase_is_refused() -> None:
    """A fault that could never happen is a mistake in the test."""
    with pytest.raises(ValueError, match="phase"):
        Fault("later", cut=True)
