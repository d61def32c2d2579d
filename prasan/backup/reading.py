"""What a backup reads, and in which order, while everything goes on.

Nothing is stopped and nothing locked, so that the order decides what may be inconsistent. What comes of
something is read before what it comes of: the ledger before the audiences, these before the reports; in each
database effects before causes, and the history of events last. So nothing in the file lacks its cause, and
what lacks its effects is found and said again by the restore (docs/decisions/0015).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

from prasan.backup.archive import Index, Writer
from prasan.databases import Place, server_errors
from shared.messaging.history import COLLECTION as HISTORY
from shared.messaging.lease import COLLECTION as LEASES
from shared.migrations import COLLECTION as SCHEMA

SERVICES_IN_ORDER = ("notifications", "partners", "projects")
# Read first, in this order; then what is not named, whatever it is; the history last: an outbox is moved
# there, so that an event on its way is then seen twice rather than not at all.
READ_FIRST: Mapping[str, tuple[str, ...]] = {
    "notifications": ("dispatches", "digests", "lanes", "attempts", "pages", "subjects", "alerts"),
    "partners": ("audiences", "audience_pages", "subscriptions", "engagements", "contacts", "partners"),
    "projects": ("projects", "indicators", "programmes"),
}
NOT_KEPT = frozenset(
    {LEASES, SCHEMA, "checks"}
)  # of running processes; said by the manifest; of `prasan check`
_INDEX_OPTIONS = frozenset({"name", "unique", "sparse", "expireAfterSeconds", "partialFilterExpression"})
_RAW = CodecOptions(document_class=RawBSONDocument)


def collections(place: Place) -> list[str]:
    """The names of what is kept of one database, in the order of reading."""
    there = {name for name in place.database.list_collection_names() if not name.startswith("system.")}
    first = [name for name in READ_FIRST[place.service] if name in there]
    rest = sorted(there - set(first) - NOT_KEPT - {HISTORY})
    return [*first, *rest, *({HISTORY} & there)]


def expected(places: Mapping[str, Place]) -> int:
    """About how many documents there are, for a progress bar."""
    with server_errors():
        return sum(
            place.database[name].estimated_document_count()
            for place in places.values()
            for name in collections(place)
        )


def copy(places: Mapping[str, Place], writer: Writer) -> Iterator[str]:
    """Writes every document; yields the name of its service for each, so that progress can be shown."""
    for service in SERVICES_IN_ORDER:
        with server_errors():
            for name in collections(places[service]):
                writer.begin(service, name, _indexes(places[service].database, name))
                for document in _raw(places[service].database, name):
                    writer.add(document)
                    yield service


def _indexes(database: Database[dict[str, Any]], name: str) -> list[Index]:
    """All but the one that every collection has."""
    return [
        (list(index["key"].items()), [pair for pair in index.items() if pair[0] in _INDEX_OPTIONS])
        for index in database[name].list_indexes()
        if index["name"] != "_id_"
    ]


def _raw(database: Database[dict[str, Any]], name: str) -> Iterator[bytes]:
    collection: Any = database.get_collection(name, codec_options=_RAW)  # of raw documents, says no type
    for document in collection.find({}):
        yield bytes(document.raw)
