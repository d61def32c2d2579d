"""One SMTP conversation: aiosmtpd's, with faults, a journal, and pipelined input read to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from shared.testing.mailbox.faults import Fault
from shared.testing.mailbox.post_office import PostOffice

EXTENSIONS = ("250-PIPELINING", "250-ENHANCEDSTATUSCODES")
MESSAGE_LIMIT = 32 * 1024 * 1024


class Conversation(SMTP):
    """The server's side of one connection; consults the post office's faults at every step."""

    line_length_limit = MESSAGE_LIMIT + 1024  # the reader's buffer: a whole message is read at once

    def __init__(self, office: PostOffice, **options: Any) -> None:
        super().__init__(_Hooks(), data_size_limit=MESSAGE_LIMIT, ident="Prasan mailbox", **options)
        self._office = office
        self._number = office.new_connection()

    async def _handle_client(self) -> None:
        if reply := await self.meet("connect"):
            await self.push(reply)
            await self.end()
        await super()._handle_client()

    def eof_received(self) -> bool | None:
        """Lets what was sent before the close be read: aiosmtpd drops it, real servers do not."""
        asyncio.StreamReaderProtocol.eof_received(self)
        return self.session is not None and self.session.ssl is None

    def connection_lost(self, error: Exception | None) -> None:
        self._office.note(self._number, "closed")
        super().connection_lost(error)

    async def handle_exception(self, error: Exception) -> str:
        if isinstance(error, asyncio.IncompleteReadError):
            await self.end()
        return await super().handle_exception(error)

    async def smtp_DATA(self, arg: str | None) -> None:
        """aiosmtpd's, but with the message read in one piece: line by line cost milliseconds a mail."""
        if reply := self._refusal_of_data(arg) or await self.meet("data"):
            await self.push(reply)
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        reply = await self._take(await self._read_message())
        self.envelope = self._create_envelope()
        await self.push(reply)

    def _refusal_of_data(self, arg: str | None) -> str | None:
        if self.envelope is None or not self.envelope.rcpt_tos:
            return "503 5.5.1 Error: need RCPT command"
        return "501 5.5.4 Syntax: DATA" if arg else None

    async def _read_message(self) -> bytes:
        data = await self._beginning_of_message()
        while data != b".\r\n" and not data.endswith(b"\r\n.\r\n"):
            data += await self._reader.readuntil(b".\r\n")
        return data[:-3].removeprefix(b".").replace(b"\r\n.", b"\r\n")  # RFC 5321 section 4.5.2

    async def _beginning_of_message(self) -> bytes:
        if not (fault := self._find("body")):
            return b""
        data = await self._reader.readexactly(fault.after_bytes)
        if reply := await self._happen(fault):
            await self.push(reply)
            await self.end()
        return data

    async def _take(self, data: bytes) -> str:
        assert self.envelope is not None
        sender, recipients = self.envelope.mail_from or "", self.envelope.rcpt_tos
        if reply := await self.meet("dot"):
            return reply
        self._office.store(sender, recipients, data, self._number)
        return await self.meet("stored") or "250 2.0.0 Message kept"

    async def meet(self, phase: str, recipients: Sequence[str] = (), sender: str | None = None) -> str | None:
        """Lets the fault of this moment happen, if there is one; the reply to send instead, or None."""
        fault = self._find(phase, recipients, sender)
        return await self._happen(fault) if fault else None

    def _find(self, phase: str, recipients: Sequence[str] = (), sender: str | None = None) -> Fault | None:
        envelope = self.envelope or Envelope()
        fault = self._office.faults.find(
            phase,
            self._number,
            sender or envelope.mail_from or "",
            recipients or envelope.rcpt_tos,
        )
        self._office.note(self._number, phase, **({"fault": True} if fault else {}))
        return fault

    async def _happen(self, fault: Fault) -> str | None:
        if fault.freeze:
            await asyncio.sleep(fault.freeze)
        if fault.cut:
            await self.end(reset=True)
        if fault.close:
            await self.push(fault.reply or "421 4.3.2 Closing")
            await self.end()
        return fault.reply

    async def end(self, reset: bool = False) -> None:
        """Ends the connection, in order or with a reset, and this conversation with it."""
        if reset and isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()
        elif self.transport is not None:
            self.transport.close()
        raise asyncio.CancelledError


class _Hooks:
    """What aiosmtpd asks at each command; it hands itself in as `server`."""

    async def handle_EHLO(
        self,
        server: Conversation,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        if reply := await server.meet("ehlo"):
            return [reply]
        return [*responses[:-1], *EXTENSIONS, responses[-1]]

    async def handle_MAIL(
        self,
        server: Conversation,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if reply := await server.meet("mail", sender=address):
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender OK"

    async def handle_RCPT(
        self,
        server: Conversation,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if reply := await server.meet("rcpt", recipients=[address]):
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Recipient OK"
