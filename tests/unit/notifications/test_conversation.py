"""Messages through a connection whose server says whatever the test makes it say."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from services.notifications.domain import replies
from services.notifications.mail.message import Mail
from services.notifications.smtp.conversation import Conversation, Timeouts
from services.notifications.smtp.stream import Broken, NotWritten, Stream

BODY = b"Subject: x\r\n\r\nhello\r\n"
OPEN = b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n"
KEPT = b"250 2.0.0 kept\r\n"
RESET = b"250 2.0.0 reset\r\n"


class ScriptedSocket:
    """Answers `recv` from a script and keeps what is written; `cut_after` bytes, writing fails."""

    def __init__(self, *script: bytes | Exception, cut_after: int | None = None) -> None:
        self.script = list(script)
        self.sent = b""
        self.cut_after = cut_after
        self.closed = False

    def settimeout(self, seconds: float) -> None:
        pass

    def send(self, data: bytes) -> int:
        if self.cut_after is not None and len(self.sent) >= self.cut_after:
            raise ConnectionResetError("reset by peer")
        room = len(data) if self.cut_after is None else self.cut_after - len(self.sent)
        self.sent += bytes(data[:room])
        return min(room, len(data))

    def recv(self, size: int) -> bytes:
        said = self.script.pop(0) if self.script else b""
        if isinstance(said, Exception):
            raise said
        return said

    def close(self) -> None:
        self.closed = True


def mails(count: int = 1) -> list[Mail]:
    return [Mail("from@example.org", f"to{number}@example.org", BODY) for number in range(count)]


def verdicts(
    sock: ScriptedSocket, count: int = 1, *, pipelining: bool = True, may_send: bool = True
) -> Sequence[str]:
    conversation = Conversation(Stream(sock, 5), pipelining, Timeouts())
    return [result.verdict for result in conversation.deliver(mails(count), lambda: may_send).results]


def test_with_pipelining_a_mail_is_one_round_trip() -> None:
    """MAIL, RCPT and DATA of the next mail travel with the body of the one before (RFC 2920)."""
    sock = ScriptedSocket(OPEN, KEPT + OPEN, KEPT)
    assert verdicts(sock, 2) == [replies.TAKEN, replies.TAKEN]
    first = b"MAIL FROM:<from@example.org>\r\nRCPT TO:<to0@example.org>\r\nDATA\r\n"
    second = b"MAIL FROM:<from@example.org>\r\nRCPT TO:<to1@example.org>\r\nDATA\r\n"
    assert sock.sent == first + BODY + b".\r\n" + second + BODY + b".\r\n"


def test_without_pipelining_every_command_waits_for_its_reply() -> None:
    """The same mails, one command after the other."""
    script = [b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", KEPT] * 2
    assert verdicts(ScriptedSocket(*script), 2, pipelining=False) == [replies.TAKEN, replies.TAKEN]


def test_replies_may_come_in_any_pieces_and_have_several_lines() -> None:
    """TCP keeps no boundaries."""
    whole = b"250-2.1.0 fine\r\n250 go on\r\n" + OPEN.partition(b"\r\n")[2] + KEPT
    assert verdicts(ScriptedSocket(*(bytes([byte]) for byte in whole))) == [replies.TAKEN]


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_refused_recipient_does_not_stop_the_next(pipelining: bool) -> None:
    """After a refusal the transaction is reset and the next mail goes out on the same connection."""
    refused = b"250 ok\r\n550 5.1.1 <to0@example.org> unknown\r\n"
    refused += b"554 5.5.1 no valid recipients\r\n" if pipelining else b""
    sock = ScriptedSocket(refused, RESET, OPEN, KEPT)
    conversation = Conversation(Stream(sock, 5), pipelining, Timeouts())
    delivered = conversation.deliver(mails(2), lambda: True)
    assert [result.verdict for result in delivered.results] == [replies.NEVER, replies.TAKEN]
    assert delivered.results[0].enhanced == "5.1.1"
    assert b"RSET\r\n" in sock.sent
    assert conversation.open


def test_the_servers_words_are_kept_without_the_address() -> None:
    """No address gets into the ledger by way of a quoted reply."""
    said = b"250 ok\r\n550 5.1.1 <TO0@Example.org>: unknown to0@example.org\r\n554 no\r\n"
    conversation = Conversation(Stream(ScriptedSocket(said, RESET), 5), True, Timeouts())
    (result,) = conversation.deliver(mails(), lambda: True).results
    assert result.text == "5.1.1 <…>: unknown …"


def test_a_server_that_takes_data_without_a_recipient_gets_an_empty_message() -> None:
    """RFC 2920, 3.1: the client ends it with a lone dot."""
    said = b"250 ok\r\n450 4.2.0 later\r\n354 go\r\n"
    sock = ScriptedSocket(said, b"554 nothing\r\n", RESET)
    assert verdicts(sock) == [replies.LATER]
    assert BODY not in sock.sent
    assert b"DATA\r\n.\r\nRSET\r\n" in sock.sent


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ([b"451 4.3.0 busy\r\n503 no\r\n503 no\r\n"], replies.UNTOUCHED),
        ([b"552 5.3.4 too much\r\n503 no\r\n503 no\r\n"], replies.UNTOUCHED),
        ([b"421 4.3.2 closing\r\n"], replies.UNTOUCHED),
        ([b"250 ok\r\n421 closing\r\n"], replies.UNTOUCHED),
        ([OPEN, b"421 4.3.2 closing\r\n"], replies.UNTOUCHED),
        ([], replies.UNTOUCHED),
        ([b"250 ok\r\n"], replies.BROKEN_OFF),
        ([b"250 ok\r\n250 ok\r\n"], replies.BROKEN_OFF),
        ([b"250 ok\r\n250 ok\r\n250 what\r\n"], replies.BROKEN_OFF),
        ([OPEN], replies.UNCONFIRMED),
        ([OPEN, TimeoutError("timed out")], replies.UNCONFIRMED),
        ([OPEN, ConnectionResetError("reset")], replies.UNCONFIRMED),
        ([OPEN, b"no SMTP at all\r\n"], replies.UNCONFIRMED),
        ([OPEN, b"354 what\r\n"], replies.UNCONFIRMED),
        ([OPEN, b"x" * 70_000], replies.UNCONFIRMED),
    ],
)
def test_where_it_breaks_decides(script: list[bytes | Exception], expected: str) -> None:
    """The first mail has the verdict of its phase, the rest of the window was not touched."""
    sock = ScriptedSocket(*script)
    assert verdicts(sock, 3) == [expected, replies.UNTOUCHED, replies.UNTOUCHED]
    assert sock.closed


def test_a_body_that_breaks_off_before_its_dot_was_not_taken() -> None:
    """What the socket did not take, the server cannot have seen."""
    envelope = len(b"MAIL FROM:<from@example.org>\r\nRCPT TO:<to0@example.org>\r\nDATA\r\n")
    for cut, expected in (
        (envelope + len(BODY) + 2, replies.BROKEN_OFF),
        (envelope + len(BODY) + 3, replies.UNCONFIRMED),
    ):
        assert verdicts(ScriptedSocket(OPEN, cut_after=cut), 2)[0] == expected


def test_a_refusal_stands_though_the_connection_breaks_right_after_it() -> None:
    """What the server has said, it has said."""
    refused = b"250 ok\r\n550 5.1.1 unknown\r\n554 no\r\n"
    assert verdicts(ScriptedSocket(refused), 2) == [replies.NEVER, replies.UNTOUCHED]
    assert verdicts(ScriptedSocket(b"250 ok\r\n550 5.1.1 unknown\r\n"), 2) == [
        replies.NEVER,
        replies.UNTOUCHED,
    ]


def test_a_refused_dot_does_not_stop_the_next() -> None:
    """The transaction is over: no reset is needed."""
    sock = ScriptedSocket(OPEN, b"554 5.7.1 spam\r\n" + OPEN, KEPT)
    assert verdicts(sock, 2) == [replies.NEVER, replies.TAKEN]


@pytest.mark.parametrize("pipelining", [True, False])
def test_near_the_end_of_a_lease_no_body_is_sent(pipelining: bool) -> None:
    """The connection is dropped instead, and nothing has happened to the mail."""
    sock = ScriptedSocket(OPEN)
    assert verdicts(sock, 2, pipelining=pipelining, may_send=False) == [replies.UNTOUCHED] * 2
    assert BODY not in sock.sent
    assert sock.closed


def test_a_stream_says_how_far_a_write_got() -> None:
    """That is how doubt is told from certainty."""
    with pytest.raises(NotWritten) as caught:
        Stream(ScriptedSocket(cut_after=3), 5).write(b"hello")
    assert caught.value.count == 3


@pytest.mark.parametrize("said", [b"25\r\n", b"\r\n", b"2x0 no\r\n", "๒๕๐ ตกลง\r\n".encode()])
def test_what_is_no_reply_breaks_the_connection(said: bytes) -> None:
    """Nothing is read into noise."""
    with pytest.raises(Broken):
        Stream(ScriptedSocket(said), 5).read_reply()
