"""The three services as the CLI, the seed and the demo see them: REST with a short-lived token."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import httpx
from ulid import ULID

from shared.auth import ROLES, issue_token
from shared.clock import Clock, SystemClock
from shared.config import Settings
from shared.errors import PrasanError
from shared.messaging.topology import SERVICES

TOKEN_LIFETIME = timedelta(minutes=15)  # longer than the clocks of two machines may differ
_RENEW_BEFORE = timedelta(minutes=1)
_TIMEOUT = httpx.Timeout(30, connect=5)
LARGEST_PAGE = 200


class ServiceSilent(PrasanError):
    """A service does not answer at its address."""

    def __init__(self, service: str, url: str, cause: object) -> None:
        self.service, self.url, self.cause = service, url, cause
        super().__init__(f"{service} does not answer at {url}: {cause}")


class ServiceRefused(PrasanError):
    """A service answered with a problem document (RFC 9457)."""

    def __init__(self, service: str, status: int, problem: Mapping[str, Any]) -> None:
        self.service, self.status, self.problem = service, status, problem
        wrong = "; ".join(self.fields)
        super().__init__(
            f"{service} answered {status}: {problem.get('title', '')} {self.code} {wrong}".strip()
        )

    @property
    def code(self) -> str:
        """The stable code of the problem, as `milestone-already-reached`."""
        return str(self.problem.get("type", "")).rpartition(":")[2]

    @property
    def fields(self) -> list[str]:
        """One line for each wrong field."""
        return [f"{e.get('field')}: {e.get('message')}" for e in self.problem.get("errors") or ()]


class ServiceStrange(PrasanError):
    """What listens at a service's address answers as no Prasan service does."""

    def __init__(self, service: str, url: str) -> None:
        self.service, self.url = service, url
        super().__init__(f"{service}: what answers at {url} is no Prasan service")


class Services:
    """REST calls to the three services, signed as one subject with some roles.

    A call raises ServiceSilent when nobody answers, ServiceRefused for any error, and ServiceStrange for
    an answer that cannot be one.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        subject: str = "prasan-cli",
        roles: Collection[str] = ROLES,
        language: str = "th",
        clock: Clock | None = None,
    ) -> None:
        self._settings, self._subject, self._roles = settings, subject, roles
        self._clock = clock or SystemClock()
        self._token: str = ""
        self._renew_at = self._clock.now()
        self.urls = {name: str(getattr(settings, f"{name}_url")) for name in SERVICES}
        # trust_env off: a proxy of the machine has no business between an operator and the services
        self._client = httpx.Client(
            timeout=_TIMEOUT, trust_env=False, headers={"Accept-Language": language, "User-Agent": "prasan"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, service: str, path: str, **query: Any) -> Any:
        """The answer's JSON."""
        return self._json(service, self.call(service, "GET", path, query=query))

    def post(
        self,
        service: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        if_match: int | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """The answer's JSON; `key` is the Idempotency-Key, `if_match` the version last seen."""
        headers = {"Idempotency-Key": key} if key else {}
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        response = self.call(service, "POST", path, query=query, body=body, headers=headers)
        return self._json(service, response) if response.content else None

    def items(self, service: str, path: str, **query: Any) -> Iterator[Any]:
        """Every item of a list, page after page; `limit` in the query says how many at a time."""
        after: str | None = None
        while True:
            page = self.get(service, path, **query, after=after)
            if not isinstance(page, dict) or not isinstance(page.get("items"), list):
                raise ServiceStrange(service, self.urls[service])
            yield from page["items"]
            before, after = after, page.get("next")
            if not after:
                return
            if after == before:
                raise ServiceStrange(service, self.urls[service])

    def call(
        self,
        service: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One request, answered well or raised."""
        url = self.urls[service].rstrip("/")
        given = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            response = self._client.request(
                method, url + path, params=given, json=body, headers={**self._signed(), **(headers or {})}
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServiceSilent(service, url, type(error).__name__) from error
        if response.is_success:
            return response
        raise ServiceRefused(service, response.status_code, _problem(response))

    def signed_client(self) -> httpx.Client:
        """A client of its own that signs each request, for code that calls by itself."""
        return httpx.Client(timeout=_TIMEOUT, trust_env=False, auth=self._sign)

    def _sign(self, request: httpx.Request) -> httpx.Request:
        request.headers.update(self._signed())
        return request

    def _json(self, service: str, response: httpx.Response) -> Any:
        try:
            return response.json()
        except ValueError as error:
            raise ServiceStrange(service, self.urls[service]) from error

    def _signed(self) -> dict[str, str]:
        now = self._clock.now()
        if now >= self._renew_at:
            self._token = issue_token(
                self._settings.prasan_secret_key, self._subject, self._roles, TOKEN_LIFETIME, now, str(ULID())
            )
            self._renew_at = now + TOKEN_LIFETIME - _RENEW_BEFORE
        return {"Authorization": f"Bearer {self._token}"}


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    try:
        problem = response.json()
    except ValueError:
        problem = None
    return problem if isinstance(problem, dict) else {"title": response.reason_phrase}
