"""Insert once and keep the newest, against the database and against each other."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database as MongoDatabase
from pymongo.errors import BulkWriteError

from shared.errors import ConflictingDuplicate, DuplicateValue
from shared.messaging.effects import insert_all_once, insert_once, keep_newest


def test_the_first_is_inserted_and_the_same_again_is_not(database: MongoDatabase[Any]) -> None:
    """Any number of deliveries, one document."""
    assert insert_once(database["d"], {"_id": "a", "x": 1}, "f1")
    assert not insert_once(database["d"], {"_id": "a", "x": 1}, "f1")
    assert list(database["d"].find()) == [{"_id": "a", "x": 1, "fingerprint": "f1"}]


def test_a_known_id_with_another_fingerprint_is_a_conflict(database: MongoDatabase[Any]) -> None:
    """It must not be acked away."""
    insert_once(database["d"], {"_id": "a"}, "f1")
    with pytest.raises(ConflictingDuplicate):
        insert_once(database["d"], {"_id": "a"}, "f2")


def test_another_unique_index_is_no_duplicate(database: MongoDatabase[Any]) -> None:
    """Only `_id` says that a document is known."""
    database["d"].create_index("name", unique=True, name="one_name")
    insert_once(database["d"], {"_id": "a", "name": "x"}, "f1")
    with pytest.raises(DuplicateValue):
        insert_once(database["d"], {"_id": "b", "name": "x"}, "f1")
    with pytest.raises(DuplicateValue):
        insert_all_once(database["d"], [{"_id": "c", "name": "x"}, {"_id": "d", "name": "y"}], "f1")


def test_a_redelivery_inserts_only_what_is_missing(database: MongoDatabase[Any]) -> None:
    """A crash in the middle of a bulk leaves a part; the rest follows."""
    documents = [{"_id": f"d{i}"} for i in range(6)]
    assert insert_all_once(database["d"], documents[2:4], "f1") == 2
    assert insert_all_once(database["d"], documents, "f1") == 4
    assert insert_all_once(database["d"], documents, "f1") == 0
    assert insert_all_once(database["d"], [], "f1") == 0
    with pytest.raises(ConflictingDuplicate):
        insert_all_once(database["d"], documents, "f2")


def test_an_error_in_the_middle_of_a_bulk_is_a_failure(database: MongoDatabase[Any]) -> None:
    """Duplicates beside it do not make it a success, and what could be stored is stored."""
    database.create_collection("d", validator={"x": {"$exists": True}})
    insert_once(database["d"], {"_id": "a", "x": 1}, "f1")
    with pytest.raises(BulkWriteError):
        insert_all_once(database["d"], [{"_id": "a", "x": 1}, {"_id": "b"}, {"_id": "c", "x": 1}], "f1")
    assert {d["_id"] for d in database["d"].find()} == {"a", "c"}


def test_the_newest_version_stays_in_whatever_order_they_arrive(database: MongoDatabase[Any]) -> None:
    """Twenty versions, shuffled, some twice, by eight threads at once."""
    versions = [*range(1, 21), *range(5, 15)]
    random.Random(7).shuffle(versions)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda v: keep_newest(database["d"], "a", v, {"x": v * 10}), versions))
    assert list(database["d"].find()) == [{"_id": "a", "version": 20, "x": 200}]


def test_an_older_or_equal_version_is_ignored(database: MongoDatabase[Any]) -> None:
    """It says whether it stored."""
    assert keep_newest(database["d"], "a", 2, {"x": 2, "y": 2})
    assert not keep_newest(database["d"], "a", 1, {"x": 1})
    assert not keep_newest(database["d"], "a", 2, {"x": 3})
    assert keep_newest(database["d"], "a", 3, {"x": 3})
    assert database["d"].find_one() == {"_id": "a", "version": 3, "x": 3, "y": 2}


def test_one_version_with_two_contents_is_a_conflict(database: MongoDatabase[Any]) -> None:
    """With a fingerprint, a version says one thing only."""
    keep_newest(database["d"], "a", 1, {"x": 1}, "f1")
    assert not keep_newest(database["d"], "a", 1, {"x": 1}, "f1")
    with pytest.raises(ConflictingDuplicate):
        keep_newest(database["d"], "a", 1, {"x": 2}, "f2")
