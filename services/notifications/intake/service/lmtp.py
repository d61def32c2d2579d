"""Listens on LMTP (RFC 2033): the province's own mail server hands over what is for us."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP

from services.notifications.intake.application.taking import Taking
from shared.errors import DependencyDown

LARGEST_MAIL = 40 * 1024 * 1024  # bytes
MOST_RECIPIENTS = 100

log = structlog.get_logger(__name__)


class _Handler:
    """A mail is confirmed once it is stored; otherwise its server keeps it and tries again."""

    def __init__(self, taking: Taking, is_for_us: Callable[[str], bool]) -> None:
        self._taking, self._is_for_us = taking, is_for_us

    async def handle_RCPT(  # noqa: N802  # aiosmtpd names its hooks after SMTP commands
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if not self._is_for_us(address):
            return "550 5.1.1 nobody of that name is here"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  # the same
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        """One line for each recipient (RFC 2033, 4.2)."""
        loop = asyncio.get_running_loop()
        status = await loop.run_in_executor(None, self._stored, envelope)
        return "\r\n".join([status] * len(envelope.rcpt_tos))

    def _stored(self, envelope: Any) -> str:
        try:
            null_sender = envelope.mail_from in (None, "", "<>")
            self._taking.take(bytes(envelope.content), "lmtp", tuple(envelope.rcpt_tos), null_sender)
        except DependencyDown as error:
            log.warning("mail_not_taken", cause=str(error))
            return "451 4.3.0 try again later"
        except Exception:  # whatever it is, the mail stays with its server
            log.exception("mail_not_taken")
            return "451 4.3.0 try again later"
        return "250 2.0.0 kept"


class LmtpListener(Controller):
    """`start()` and `stop()`; listens in a thread of its own."""

    def __init__(self, address: str, taking: Taking, is_for_us: Callable[[str], bool]) -> None:
        host, _, port = address.rpartition(":")
        super().__init__(_Handler(taking, is_for_us), hostname=host, port=int(port))

    def factory(self) -> LMTP:
        return LMTP(self.handler, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, ident="Prasan LMTP")
