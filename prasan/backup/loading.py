"""Puts a verified backup into three databases, which nobody serves until all of them are whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from prasan.backup.archive import DAMAGED, Index, Manifest, Part, Reader, UnusableBackup
from prasan.backup.reading import NOT_KEPT
from prasan.databases import Place, server_errors
from shared.errors import NewerSchema
from shared.messaging.effects import DUPLICATE_KEY
from shared.messaging.lease import COLLECTION as LEASES
from shared.migrations import COLLECTION as SCHEMA
from shared.migrations import Upgrade

_AT_ONCE = 500  # documents of one insert


def refuse_newer(manifest: Manifest, places: Mapping[str, Place]) -> None:
    """Raises NewerSchema for a backup that newer code made."""
    for service, place in places.items():
        version = int(manifest.schema.get(service, 0))
        if version > len(place.migrations):
            raise NewerSchema(place.database.name, version, len(place.migrations))


def occupied(places: Mapping[str, Place]) -> list[str]:
    """The services whose databases hold something; a restore that was broken off does not count."""
    with server_errors():
        return [service for service, place in places.items() if _holds_something(place)]


def _holds_something(place: Place) -> bool:
    if place.schema.restore_under_way():
        return False
    names = set(place.database.list_collection_names()) - NOT_KEPT
    return any(place.database[name].find_one({}, {"_id": 1}) for name in names if not _is_system(name))


def begin(places: Mapping[str, Place], source: str) -> None:
    """From here to `end` no service starts on any of the three."""
    with server_errors():
        for place in places.values():
            place.schema.begin_restore(source, place.clock.now())


def empty(places: Mapping[str, Place]) -> None:
    """Collection by collection: a service's user may do that, and may not drop the database."""
    with server_errors():
        for place in places.values():
            for name in place.database.list_collection_names():
                if name != SCHEMA and not _is_system(name):
                    place.database.drop_collection(name)


def load(
    reader: Reader, manifest: Manifest, places: Mapping[str, Place], note: Callable[[int], object]
) -> None:
    """Every document as it was, then what has changed in the schema since. Raises UnusableBackup."""
    loaded: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for part in reader.parts(manifest):
        with server_errors():
            _insert(places[part.service].database[part.collection], part)
        loaded[part.service][part.collection] += len(part.documents)
        note(len(part.documents))
    if loaded != manifest.counts:
        raise UnusableBackup(DAMAGED, "it changed while it was read")
    with server_errors():
        for service, place in places.items():
            _create_indexes(place, manifest.indexes.get(service, {}))
            place.schema.set_version(int(manifest.schema.get(service, 0)))
            Upgrade(place.database, place.migrations, place.clock).run()


def end(places: Mapping[str, Place]) -> None:
    """All three are whole: services may start."""
    with server_errors():
        for place in places.values():
            place.database[LEASES].drop()
        for place in places.values():
            place.schema.end_restore()


def _create_indexes(place: Place, indexes: Mapping[str, Sequence[Index]]) -> None:
    for name, described in indexes.items():
        for fields, options in described:
            place.database[name].create_index([tuple(pair) for pair in fields], **dict(options))


def _insert(collection: Collection[dict[str, Any]], part: Part) -> None:
    for documents in _batches(part.documents):
        try:
            collection.insert_many([RawBSONDocument(each) for each in documents], ordered=False)
        except BulkWriteError as error:
            # Read without a snapshot, a document that changed meanwhile may have been met twice.
            failures = (error.details or {}).get("writeErrors", [])
            if any(failure["code"] != DUPLICATE_KEY for failure in failures):
                raise


def _batches(documents: tuple[bytes, ...]) -> Iterable[tuple[bytes, ...]]:
    return (documents[start : start + _AT_ONCE] for start in range(0, len(documents), _AT_ONCE))


def _is_system(name: str) -> bool:
    return name.startswith("system.")
