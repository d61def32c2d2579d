"""The whole of Prasan on this machine: broker, database, mailbox and the three services."""

from __future__ import annotations

import fcntl
import secrets
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import IO

from shared.auth import ROLES, issue_token
from shared.config import Settings
from shared.messaging.topology import SERVICES
from shared.testing.broker import Broker
from shared.testing.database import Database
from shared.testing.mailbox import Mailbox
from shared.testing.ports import free_port
from shared.testing.process import python_environment
from shared.testing.service import ServiceProcess, usual_port

DEFAULTS = {
    "MAIL_MODE": "send",
    "MAIL_FROM": "prasan@lamphun.example.org",
    "HOLD_SECONDS": "0",
    "LEASE_SECONDS": "10",
    "LOG_LEVEL": "INFO",
}


class AlreadyRunning(RuntimeError):
    """Another stack runs in this directory."""


class Stack:
    """Everything under `run_dir`, as real as on a laptop it can be; a context manager.

    `settings` are environment variables that every service gets, over DEFAULTS. `replicas` says how many
    processes each service has. `usual_ports` takes 8001 to 8003 where they are free. Several stacks may
    run at once, each in its own directory.
    """

    def __init__(
        self,
        run_dir: Path,
        settings: Mapping[str, str] | None = None,
        *,
        replicas: int = 1,
        durable: bool = True,
        usual_ports: bool = False,
    ) -> None:
        self.run_dir = run_dir
        self.broker = Broker(run_dir)
        self.database = Database(run_dir, durable=durable)
        self.mailbox = Mailbox(run_dir)
        self._settings = {**DEFAULTS, **(settings or {})}
        self._secret = ""
        self._lock: IO[str] | None = None
        self._replicas = replicas
        self._usual_ports = usual_ports
        self.services: dict[str, list[ServiceProcess]] = {service: [] for service in SERVICES}

    def __enter__(self) -> Stack:
        try:
            self.start()
        except BaseException:
            self.discard()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.discard()

    # Starting and stopping -----------------------------------------------------------------------

    def start(self, services: Iterable[str] = SERVICES) -> None:
        """Starts the servers, then the services; everything is ready when it returns."""
        self.start_servers()
        self.start_services(services)

    def start_servers(self) -> None:
        """The broker, the database and the mailbox, side by side. Raises AlreadyRunning."""
        self.run_dir.mkdir(parents=True, exist_ok=True)
        self._lock = self._lock or _sole_use(self.run_dir)
        self._secret = secret_key(self.run_dir)
        _at_once([self.broker.start, self.database.start, self.mailbox.start])

    def start_services(self, services: Iterable[str] = SERVICES) -> None:
        """`replicas` processes of each of these services, side by side."""
        for process in self.launch_services(services):
            process.wait_until_ready()

    def launch_services(self, services: Iterable[str] = SERVICES) -> list[ServiceProcess]:
        """The same without waiting until they are ready."""
        added = [self._add(service) for service in services for _ in range(self._replicas)]
        for process in added:
            process.launch()
        return added

    def add_replica(self, service: str) -> ServiceProcess:
        """One more process of this service, ready when it returns."""
        process = self._add(service)
        process.start()
        return process

    def start_intake(self) -> int:
        """The process that reads the mail which comes back; the port on which it takes that by LMTP."""
        port = free_port()
        environment = {**self.environment("notifications"), "LMTP_ADDRESS": f"127.0.0.1:{port}"}
        intake = ServiceProcess("notifications.intake", environment, self.run_dir)
        self.services["notifications.intake"] = [intake]
        intake.start()
        return port

    def _add(self, service: str) -> ServiceProcess:
        processes = self.services[service]
        port = usual_port(service) if self._usual_ports and not processes else None
        environment = self.environment(service)
        processes.append(ServiceProcess(service, environment, self.run_dir, len(processes), port))
        return processes[-1]

    def stop(self) -> None:
        """Ends the services in order, then the servers; data stays."""
        _at_once([process.stop for process in self.processes()])
        _at_once([self.mailbox.stop, self.database.stop, self.broker.stop])

    def discard(self) -> None:
        """Ends everything at once and removes the servers' data; the services' logs stay."""
        for process in self.processes():
            process.kill()
        if self._lock is None:
            return  # what lies there is another's
        for server in (self.mailbox, self.database, self.broker):
            server.discard()
        self._lock.close()
        self._lock = None

    def processes(self) -> list[ServiceProcess]:
        return [process for processes in self.services.values() for process in processes]

    # Using it ------------------------------------------------------------------------------------

    def service(self, service: str, replica: int = 0) -> ServiceProcess:
        return self.services[service][replica]

    def url(self, service: str, replica: int = 0) -> str:
        """http://127.0.0.1:port, without a slash at its end."""
        return self.service(service, replica).url

    def token(
        self,
        roles: Collection[str] = ROLES,
        subject: str = "tester",
        lifetime: timedelta = timedelta(hours=12),
    ) -> str:
        """A bearer token that the services of this stack accept; all roles unless told otherwise."""
        return issue_token(self._secret, subject, roles, lifetime, datetime.now(UTC), uuid.uuid4().hex)

    def environment(self, service: str) -> dict[str, str]:
        """The whole environment of one of this stack's services."""
        return {
            **_without_settings(python_environment()),
            "AMQP_URI": self.broker.uri(service),
            "MONGO_URI": self.database.uri(service),
            "SMTP_URL": self.mailbox.url,
            "PRASAN_SECRET_KEY": self._secret,
            **self._settings,
        }

    def operator_environment(self) -> dict[str, str]:
        """What the `prasan` command needs to reach this stack."""
        urls = {f"{service.upper()}_URL": self.url(service) for service in SERVICES if self.services[service]}
        databases = {
            f"PRASAN_MONGO_URI_{service.upper()}": self.database.uri(service) for service in SERVICES
        }
        return {**self.environment("operator"), **urls, **databases}


def secret_key(run_dir: Path) -> str:
    """The key of this run, made at its first start and readable by its owner only."""
    file = run_dir / "secret.key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return file.read_text()


def _sole_use(run_dir: Path) -> IO[str]:
    """A lock on the directory, held as long as the file is open: until this process ends."""
    lock = (run_dir / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise AlreadyRunning(f"another Prasan runs in {run_dir}: stop it first, with Ctrl-C") from None
    return lock


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Without our own variables: what a developer has exported must not decide what a test proves."""
    ours = {field.name.upper() for field in fields(Settings)}
    return {name: value for name, value in environment.items() if name not in ours}


def _at_once(actions: Iterable[Callable[[], object]]) -> None:
    """Runs all of them side by side, waits for all, then raises the first error."""
    with ThreadPoolExecutor() as pool:
        for result in [pool.submit(action) for action in actions]:
            result.result()
