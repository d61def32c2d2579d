"""What the catch-all mailbox took, read through the operators' port as a person would."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from rehearsal.api import Door

_PATIENCE = 60.0
_MOST = 5000


@dataclass(frozen=True)
class Mail:
    """One message, for one address."""

    id: str
    message_id: str
    address: str
    subject: str


class Mailbox:
    """Remembers what it has seen, since the mailbox forgets all when it stops."""

    def __init__(self, door: Door, password: str) -> None:
        self._client = door.client()
        self._client.auth = httpx.BasicAuth("operator", password)
        self._seen: dict[str, Mail] = {}

    def mails(self) -> Iterable[Mail]:
        """All that were ever seen here, with those that came since."""
        listed = self._get("/messages", limit=_MOST).json()["messages"]
        for message in listed:
            (recipient,) = message["To"]
            self._seen.setdefault(
                message["ID"],
                Mail(message["ID"], message["MessageID"], recipient["Address"], message["Subject"]),
            )
        return list(self._seen.values())

    def remember(self, other: Mailbox) -> None:
        """What another one has seen; their identities never meet."""
        self._seen.update(other._seen)

    def text(self, mail: Mail) -> str:
        """Its plain words."""
        return str(self.letter(mail)["Text"])

    def letter(self, mail: Mail) -> Any:
        """All that the mailbox tells of it; ReplyTo and ReturnPath are where answers and bounces go."""
        return self._get(f"/message/{mail.id}").json()

    def _get(self, path: str, **query: int) -> httpx.Response:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                answer = self._client.get(f"/mailbox/api/v1{path}", params=query)
                if answer.is_success or time.monotonic() > deadline:
                    return answer.raise_for_status()
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.3)
