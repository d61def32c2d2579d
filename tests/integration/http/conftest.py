"""The example service as a real process over a real database, once for all tests of this folder."""

from __future__ import annotations

import os
import re
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from shared.auth import issue_token
from shared.testing.database import Database
from shared.testing.process import Child

SECRET = "only-for-tests-0123456789-0123456789"
Tokens = Callable[..., str]


class ExampleProcess:
    """The service, its address, and what it has logged."""

    def __init__(self, database_uri: str, directory: Path, *arguments: str) -> None:
        self.log_file = directory / "example.log"
        environment = {
            **os.environ,
            "AMQP_URI": "amqp://nobody:nothing@127.0.0.1:1//",  # nothing listens there
            "MONGO_URI": database_uri,
            "HTTP_ADDRESS": "127.0.0.1:0",
            "PRASAN_SECRET_KEY": SECRET,
        }
        command = [sys.executable, "-W", "ignore", "-m", "tests.integration.http.service", *arguments]
        self.child = Child("example", command, environment, self.log_file)
        self.url = ""

    def start(self) -> None:
        self.child.start()
        self.child.wait_until(self._listening, 20)

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)

    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    def _listening(self) -> bool:
        found = re.findall(r"^listening on (\S+)$", self.log(), re.MULTILINE)
        self.url = found[-1] if found else ""
        return bool(found)


@pytest.fixture(scope="session")
def example(database_server: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleProcess]:
    process = ExampleProcess(database_server.uri("http_tests"), tmp_path_factory.mktemp("example"))
    process.start()
    yield process
    process.child.stop()


@pytest.fixture(scope="session")
def slow_example(
    database_server: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ExampleProcess]:
    """The same service, but it waits for slow clients only a few seconds."""
    directory = tmp_path_factory.mktemp("slow_example")
    process = ExampleProcess(database_server.uri("http_slow_tests"), directory, "--impatient")
    process.start()
    yield process
    process.child.stop()


@pytest.fixture
def token() -> Tokens:
    """`token("operator")`, valid now, under an id of its own unless given."""

    def issue(
        *roles: str, subject: str = "somchai", issued: datetime | None = None, token_id: str = ""
    ) -> str:
        now = issued or datetime.now(UTC)
        return issue_token(SECRET, subject, roles, timedelta(hours=1), now, token_id or uuid.uuid4().hex)

    return issue


@pytest.fixture
def anonymous(example: ExampleProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=example.url, timeout=10) as client:
        yield client


@pytest.fixture
def coordinator(example: ExampleProcess, token: Tokens) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {token('coordinator')}"}
    with httpx.Client(base_url=example.url, headers=headers, timeout=10) as client:
        yield client


@pytest.fixture
def operator(example: ExampleProcess, token: Tokens) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {token('operator', subject='malee')}"}
    with httpx.Client(base_url=example.url, headers=headers, timeout=10) as client:
        yield client


@pytest.fixture
def note() -> dict[str, object]:
    return {"title": {"th": "อบรมคัดแยกขยะ 🌱"}, "due": "2026-12-18"}
