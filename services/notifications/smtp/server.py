"""Where mail is handed over: SMTP_URL, and connections to it up to EHLO, TLS and AUTH."""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote, urlsplit

from services.notifications.smtp.conversation import Conversation, Timeouts
from services.notifications.smtp.stream import Stream
from shared.errors import DependencyDown, Misconfigured

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, repr=False)
class MailServer:
    """The server that SMTP_URL names: `smtp://`, `smtps://` or `smtp+starttls://user:password@host:port`."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = ""
    timeouts: Timeouts = field(default_factory=Timeouts)

    def connect(self) -> Conversation:
        """A conversation ready for MAIL. Raises DependencyDown("mail", ...)."""
        try:
            client = self._client()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise DependencyDown("mail", _cause(error)) from error
        sock = client.sock
        assert sock is not None
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Conversation(Stream(sock, self.timeouts.command), client.has_extn("pipelining"), self.timeouts)

    def _client(self) -> smtplib.SMTP:
        timeout, name = self.timeouts.connect, _own_name()
        if self.scheme == "smtps":
            context = ssl.create_default_context()
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, local_hostname=name, timeout=timeout, context=context
            )
        else:
            client = smtplib.SMTP(self.host, self.port, local_hostname=name, timeout=timeout)
        try:
            self._introduce(client)
        except BaseException:
            client.close()
            raise
        return client

    def _introduce(self, client: smtplib.SMTP) -> None:
        client.ehlo_or_helo_if_needed()
        if self.scheme == "smtp+starttls":
            client.starttls(context=ssl.create_default_context())
            client.ehlo_or_helo_if_needed()
        if self.user:
            client.login(self.user, self.password)


def mail_server(url: str, timeouts: Timeouts | None = None) -> MailServer:
    """Raises Misconfigured."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise Misconfigured("SMTP_URL cannot be read: it takes smtp://user:password@host:port") from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(
        parts.scheme, parts.hostname or "127.0.0.1", port, user, password, timeouts or Timeouts()
    )


@cache
def _own_name() -> str:
    """Looked up once: asking a resolver can take seconds."""
    name = socket.getfqdn()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def _cause(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("ascii", "replace") if isinstance(said, bytes) else str(said)
        return f"{error.smtp_code} {text}"[:200]
    return f"{type(error).__name__}: {error}"[:200]
