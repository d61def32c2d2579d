"""The mailbox that IMAP_URL names."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from imapclient import IMAPClient

from shared.errors import Misconfigured

_PORTS = {"imaps": 993, "imap": 143, "imap+starttls": 143}
TIMEOUT = 30.0  # seconds for any answer


@dataclass(frozen=True, repr=False)
class Account:
    """`imaps://`, `imap+starttls://` or `imap://user:password@host:port/folder`; the folder is INBOX unless
    named."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    folder: str

    @property
    def name(self) -> str:
        """What tells it from other mailboxes; without the password."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"

    def connect(self) -> IMAPClient:
        """A client that has logged in. Raises what imaplib and sockets raise."""
        context = ssl.create_default_context()
        secure = self.scheme == "imaps"
        client = IMAPClient(
            self.host, self.port, ssl=secure, ssl_context=context if secure else None, timeout=TIMEOUT
        )
        try:
            if self.scheme == "imap+starttls":
                client.starttls(context)
            client.login(self.user, self.password)
        except BaseException:
            client.shutdown()
            raise
        return client


def account(url: str) -> Account:
    """Raises Misconfigured."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        parts, port = urlsplit(""), 0
    if not parts.hostname or not parts.username:
        raise Misconfigured("IMAP_URL cannot be read: it takes imaps://user:password@host:port/folder")
    folder = unquote(parts.path.lstrip("/")) or "INBOX"
    user, password = unquote(parts.username), unquote(parts.password or "")
    return Account(parts.scheme, parts.hostname, port, user, password, folder)
