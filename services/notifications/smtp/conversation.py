"""Windows of messages through one open connection, with exact knowledge of what became of each.

With PIPELINING (RFC 2920) MAIL, RCPT and DATA go out in one write, together with the message before them:
one round trip a mail. Every reply is read and judged by the table in `domain/replies.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.notifications.domain import replies
from services.notifications.domain.recipients import Result
from services.notifications.domain.replies import DATA, DOT, MAIL, RCPT, Reply
from services.notifications.mail.message import Mail
from services.notifications.smtp.stream import Broken, NotWritten, Stream

_TEXT_KEPT = 200  # characters of what the server said
_UNTOUCHED = Result(replies.UNTOUCHED)
_PHASES = (MAIL, RCPT, DATA)
_START_INPUT = 354
_ANSWERS = (replies.TAKEN, replies.LATER, replies.NEVER)


@dataclass(frozen=True)
class Timeouts:
    """Seconds (RFC 5321, 4.5.3.2)."""

    connect: float = 30.0
    command: float = 120.0
    final_dot: float = 600.0


@dataclass(frozen=True)
class Delivered:
    """One result a mail, in order; and what was wrong with the server, after which it is not used again."""

    results: Sequence[Result]
    trouble: str | None = None


class _Trouble(Exception):
    """The server is in trouble: the rest of the window is left untouched."""


class Conversation:
    """A connection after EHLO and AUTH."""

    def __init__(self, stream: Stream, pipelining: bool, timeouts: Timeouts) -> None:
        self._stream = stream
        self._pipelining = pipelining
        self._timeouts = timeouts
        self._phase = MAIL
        self._refusal: Result | None = None  # of the present mail
        self._announced = False  # the envelope of the present mail is written already
        self.open = True

    def deliver(self, window: Sequence[Mail], may_send: Callable[[], bool]) -> Delivered:
        """Offer each mail. `may_send` is asked before each body; after a no the connection is dropped."""
        results: list[Result] = []
        self._announced = False
        for number, mail in enumerate(window):
            following = window[number + 1] if number + 1 < len(window) else None
            self._phase, self._refusal = MAIL, None
            try:
                results.append(self._deliver_one(mail, following, may_send))
            except (Broken, _Trouble) as error:
                results.append(self._result_of(error))
                self.close()
                rest = [_UNTOUCHED] * (len(window) - len(results))
                return Delivered([*results, *rest], _said(str(error), mail.recipient))
        return Delivered(results)

    def is_alive(self) -> bool:
        """Whether the server still answers on this connection."""
        try:
            self._stream.write(b"NOOP\r\n")
            alive = self._stream.read_reply(self._timeouts.connect).code // 100 == 2
        except Broken:
            alive = False
        if not alive:
            self.close()
        return alive

    def quit(self) -> None:
        """Says goodbye and closes."""
        if self.open:
            try:
                self._stream.write(b"QUIT\r\n")
                self._stream.read_reply(1.0)
            except Broken:
                pass
            self.close()

    def close(self) -> None:
        self.open = False
        self._stream.close()

    def _deliver_one(self, mail: Mail, following: Mail | None, may_send: Callable[[], bool]) -> Result:
        refusal = self._announce_and_ask(mail)
        if refusal is not None:
            return refusal
        if not may_send():
            self._phase = MAIL  # no byte of the body was sent: nothing has happened to this mail
            raise _Trouble("the lease ends")
        return self._send_body(mail, following)

    def _announce_and_ask(self, mail: Mail) -> Result | None:
        """MAIL, RCPT and DATA; the result where one of them was refused."""
        ask = self._ask_together if self._pipelining else self._ask_in_turn
        ask(mail)
        if self._refusal is not None:
            self._reset()
        return self._refusal

    def _ask_in_turn(self, mail: Mail) -> None:
        for self._phase, command in zip(_PHASES, _commands(mail), strict=True):
            self._stream.write(command)
            self._refusal = self._judge(self._phase, self._stream.read_reply(), mail)
            if self._refusal is not None:
                return

    def _ask_together(self, mail: Mail) -> None:
        """Three replies are on their way, whatever the first of them says."""
        if not self._announced:
            self._stream.write(b"".join(_commands(mail)))
        self._announced = False
        for phase in _PHASES:
            self._phase = phase
            reply = self._stream.read_reply()
            if self._refusal is None:
                self._refusal = self._judge(phase, reply, mail)
            elif phase == DATA and reply.code == _START_INPUT:
                self._send_nothing()

    def _judge(self, phase: str, reply: Reply, mail: Mail) -> Result | None:
        verdict = replies.verdict(phase, reply)
        if verdict is None:
            return None
        if verdict == replies.UNTOUCHED:
            self._phase = MAIL
            raise _Trouble(f"{reply.code} {reply.text}")
        if verdict not in _ANSWERS:
            raise Broken(f"{reply.code} at {phase}")
        return Result(verdict, reply.code, reply.enhanced, _said(reply.text, mail.recipient))

    def _send_nothing(self) -> None:
        """The server took DATA without a recipient (RFC 2920, 3.1): an empty message ends it."""
        self._stream.write(b".\r\n")
        self._stream.read_reply()

    def _reset(self) -> None:
        """Forget the refused transaction. What was refused stays refused, should this fail."""
        self._stream.write(b"RSET\r\n")
        if self._stream.read_reply().code // 100 != 2:
            raise Broken("RSET refused")

    def _send_body(self, mail: Mail, following: Mail | None) -> Result:
        self._phase = DATA
        body = mail.data if mail.data.endswith(b"\r\n") else mail.data + b"\r\n"
        ahead = b"".join(_commands(following)) if following and self._pipelining else b""
        try:
            self._stream.write(b"%b.\r\n%b" % (body, ahead))
        except NotWritten as error:
            if error.count >= len(body) + 3:
                self._phase = DOT
            raise
        self._phase = DOT
        self._announced = bool(ahead)
        result = self._judge(DOT, self._stream.read_reply(self._timeouts.final_dot), mail)
        assert result is not None  # the table has no "go on" after the final dot
        return result

    def _result_of(self, error: Exception) -> Result:
        if self._refusal is not None:
            return self._refusal
        if isinstance(error, _Trouble):
            return _UNTOUCHED
        return Result(replies.verdict_of_silence(self._phase), text=str(error)[:_TEXT_KEPT])


def _commands(mail: Mail) -> tuple[bytes, bytes, bytes]:
    return (
        b"MAIL FROM:<%b>\r\n" % mail.envelope_from.encode("ascii"),
        b"RCPT TO:<%b>\r\n" % mail.recipient.encode("ascii"),
        b"DATA\r\n",
    )


def _said(text: str, address: str) -> str:
    """What the server said, without the address that servers like to quote."""
    if address.lower() in text.lower():
        text = re.sub(re.escape(address), "…", text, flags=re.IGNORECASE)
    return text[:_TEXT_KEPT]
