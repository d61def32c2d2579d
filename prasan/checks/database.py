"""Does MongoDB answer, take a journaled write, and agree with this machine about the time?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from pymongo import MongoClient, WriteConcern
from pymongo.errors import OperationFailure, PyMongoError

from prasan.checks import Finding, failed, found
from shared.config import Settings

LARGEST_SKEW = 2.0  # seconds; tokens allow 600, leases are the database's own clock
_MILLISECONDS = 5_000
_COLLECTION = "checks"


def check_database(settings: Settings) -> Iterator[Finding]:
    """Pings, writes one document that it removes again, and compares clocks."""
    if not settings.mongo_uri:
        yield failed("database", "database.unset")
        return
    try:
        with closing(_client(settings.mongo_uri)) as client:
            host = _host(client)
            yield _written(client, host)
            yield _clock(client)
    except OperationFailure as error:
        yield failed("database", "database.refused", cause=error.code)
    except (PyMongoError, ValueError) as error:
        yield failed("database", "database.silent", cause=type(error).__name__)


def _client(uri: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(
        uri,
        serverSelectionTimeoutMS=_MILLISECONDS,
        socketTimeoutMS=_MILLISECONDS,
        connectTimeoutMS=_MILLISECONDS,
    )


def _host(client: MongoClient[dict[str, Any]]) -> str:
    client.admin.command("ping")
    address = client.address
    return f"{address[0]}:{address[1]}" if address else "?"


def _written(client: MongoClient[dict[str, Any]], host: str) -> Finding:
    durable = WriteConcern(w="majority", j=True, wtimeout=_MILLISECONDS)
    collection = client.get_default_database("prasan").get_collection(_COLLECTION, write_concern=durable)
    begun = time.monotonic()
    written = collection.insert_one({"by": "prasan check", "at": datetime.now(UTC)})
    took = (time.monotonic() - begun) * 1000
    collection.delete_one({"_id": written.inserted_id})
    return found("database", "database", host=host, milliseconds=round(took, 1))


def _clock(client: MongoClient[dict[str, Any]]) -> Finding:
    """The database's time against the middle of the question and its answer."""
    before = datetime.now(UTC)
    theirs: datetime = client.admin.command("hello")["localTime"]
    after = datetime.now(UTC)
    ours = before + (after - before) / 2
    skew = abs((theirs.replace(tzinfo=UTC) - ours).total_seconds())
    make = found if skew <= LARGEST_SKEW else failed
    return make("clock", "clock", seconds=round(skew, 2), largest=LARGEST_SKEW)
