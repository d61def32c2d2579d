"""The REST surface as the world sees it: through the proxy's published port, with TLS, and a token."""

from __future__ import annotations

import base64
import json
import ssl
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from rehearsal.errors import RehearsalError

_PATIENCE = 90.0  # seconds in which a part that was killed is back
_PAUSE = 0.3
_NOT_NOW = frozenset({502, 503, 504})


class Refused(RehearsalError):
    """An answer that is an error, and no passing one."""

    def __init__(self, method: str, path: str, status: int, text: str) -> None:
        self.status = status
        super().__init__(f"{method} {path} answered {status}: {text[:300]}")


@dataclass(frozen=True)
class Door:
    """Where the proxy listens, and the certificate authority that it made for itself."""

    port: int
    certificate: str
    host: str = "localhost"

    def client(self) -> httpx.Client:
        """Speaks TLS to whoever can prove to be `localhost` at this address."""
        return httpx.Client(
            base_url=f"https://{self.host}:{self.port}",
            headers={"Host": f"localhost:{self.port}"},
            verify=ssl.create_default_context(cadata=self.certificate),
            timeout=httpx.Timeout(30, connect=5),
            trust_env=False,
            event_hooks={"request": [_as_localhost]},
        )


def _as_localhost(request: httpx.Request) -> None:
    request.extensions["sni_hostname"] = "localhost"


class Api:
    """Calls that are repeated, under one Idempotency-Key, until somebody answers."""

    def __init__(self, door: Door, token: str) -> None:
        self._client = door.client()
        self._client.headers.update({"Authorization": f"Bearer {token}", "Accept-Language": "en"})
        self.subject = _subject(token)
        self.interrupted = 0  # how many calls had to be repeated

    def get(self, path: str, **query: Any) -> Any:
        return self._call("GET", path, query, None, {})

    def post(self, path: str, body: Any, if_match: int | None = None) -> Any:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        return self._call("POST", path, {}, body, headers)

    def items(self, path: str, **query: Any) -> Iterator[Any]:
        """Every item of a list, page after page."""
        after = None
        while True:
            page = self.get(path, limit=200, **query, **({"after": after} if after else {}))
            yield from page["items"]
            after = page.get("next")
            if not after:
                return

    def status(self, path: str) -> int:
        """What a GET is answered with, at the first try; 0 where nobody answers."""
        try:
            return self._client.get(path).status_code
        except httpx.HTTPError:
            return 0

    def _call(
        self, method: str, path: str, query: Mapping[str, Any], body: Any, headers: Mapping[str, str]
    ) -> Any:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                answer = self._client.request(method, path, params=query, json=body, headers=dict(headers))
                if answer.is_success:
                    return answer.json() if answer.content else None
                if answer.status_code not in _NOT_NOW or time.monotonic() > deadline:
                    raise Refused(method, path, answer.status_code, answer.text)
            except httpx.HTTPError as error:
                if time.monotonic() > deadline:
                    raise Refused(method, path, 0, repr(error)) from error
            self.interrupted += 1
            time.sleep(_PAUSE)


def _subject(token: str) -> str:
    """Whose token it is, as it says itself."""
    claims = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"])
