"""The private database keeps what it acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo.errors import PyMongoError

from shared.testing.database import Database


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[Database]:
    own = Database(tmp_path)
    own.start()
    yield own
    own.discard()


def test_an_acknowledged_write_survives_kill_and_restart(own_database: Database) -> None:
    """kill -9 of the server loses nothing that it acknowledged."""
    with own_database.client() as client:
        client.projects.projects.insert_many([{"_id": number} for number in range(100)])
    own_database.kill()
    assert not own_database.running

    own_database.restart()

    with own_database.client() as client:
        assert client.projects.projects.count_documents({}) == 100


def test_a_frozen_database_answers_nothing_until_it_is_thawed(own_database: Database) -> None:
    """A client runs into its own time limit, and is served again afterwards."""
    own_database.freeze()
    with own_database.client(timeout=500) as client, pytest.raises(PyMongoError):
        client.admin.command("ping")

    own_database.thaw()
    with own_database.client() as client:
        assert client.admin.command("ping")["ok"] == 1
