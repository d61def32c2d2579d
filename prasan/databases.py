"""The databases of the three services, as the operator's commands reach them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from pymongo.database import Database
from pymongo.errors import ConfigurationError, InvalidURI, OperationFailure

from services.notifications.storage.migrations import MIGRATIONS as OF_NOTIFICATIONS
from services.partners.storage.migrations import MIGRATIONS as OF_PARTNERS
from services.projects.storage.migrations import MIGRATIONS as OF_PROJECTS
from shared.config import Settings
from shared.errors import DependencyDown, Misconfigured
from shared.messaging.topology import SERVICES
from shared.migrations import LONGEST_STEP, Migration, Schema
from shared.mongo import DATABASE_DOWN, DatabaseClock, connect

MIGRATIONS: Mapping[str, tuple[Migration, ...]] = {
    "projects": OF_PROJECTS,
    "partners": OF_PARTNERS,
    "notifications": OF_NOTIFICATIONS,
}
VARIABLES: Mapping[str, str] = {service: f"PRASAN_MONGO_URI_{service.upper()}" for service in SERVICES}


@dataclass(frozen=True)
class Place:
    """One service's database, what its code makes of it, and its server's clock."""

    service: str
    database: Database[dict[str, Any]]
    migrations: tuple[Migration, ...]
    clock: DatabaseClock

    @property
    def schema(self) -> Schema:
        return Schema(self.database)


def settings_for_databases() -> Settings:
    """Raises Misconfigured, naming what is missing."""
    return Settings.from_environment(required=(*VARIABLES.values(), "PRASAN_SECRET_KEY"))


@contextmanager
def places(settings: Settings) -> Iterator[dict[str, Place]]:
    """All three by service. Raises Misconfigured; whatever a server refuses is DependencyDown."""
    with ExitStack() as clients:
        found = {service: clients.enter_context(_place(settings, service)) for service in SERVICES}
        with server_errors():
            for place in found.values():
                place.database.client.admin.command("ping")
        yield found


@contextmanager
def server_errors() -> Iterator[None]:
    """DependencyDown("database") for a server that does not answer, or does not let us in."""
    try:
        yield
    except DATABASE_DOWN as error:
        raise DependencyDown("database", type(error).__name__) from error
    except OperationFailure as error:
        raise DependencyDown("database", f"{error.details and error.details.get('codeName')}") from error


@contextmanager
def _place(settings: Settings, service: str) -> Iterator[Place]:
    variable = VARIABLES[service]
    try:
        client = connect(getattr(settings, variable.lower()), socketTimeoutMS=LONGEST_STEP)
        database = client.get_default_database()
    except (InvalidURI, ConfigurationError, ValueError):
        # without its cause, which quotes the value: it holds a password
        raise Misconfigured(
            f"{variable} cannot be read: it takes mongodb://user:password@host:port/database"
        ) from None
    with client:
        yield Place(service, database, MIGRATIONS[service], DatabaseClock(client))
