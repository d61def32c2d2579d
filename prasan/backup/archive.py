"""The file of a backup: a compressed tar of BSON, sealed by a manifest that comes last.

    prasan-backup.json               what it is, of which format, made with which key
    notifications/dispatches/000000.bson ...   documents as the database gave them, a few MiB at a time
    manifest.json                    what must be there, each part with its SHA-256, signed

The parts of a collection, put behind each other, are what mongodump writes: other tools read them too. A file
that was cut off has no manifest; one that was changed, or made under another PRASAN_SECRET_KEY, does not
agree with its signature.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import io
import json
import re
import tarfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from shared.errors import PrasanError
from shared.messaging.topology import SERVICES
from shared.sealing import derive_key

PRODUCT = "prasan backup"
FORMAT = 1
HEADER, MANIFEST = "prasan-backup.json", "manifest.json"
PART_BYTES = 4 * 1024 * 1024  # of one part, until its last document
LARGEST_PART = PART_BYTES + 17 * 1024 * 1024  # a document has up to 16 MiB
LARGEST_MANIFEST = 64 * 1024 * 1024
COMPRESSION = 6
_KEY_NAME = b"the name of this key"
_PART = re.compile(r"([a-z]+)/([A-Za-z0-9_]{1,100})/(\d{6})\.bson", re.ASCII)

DAMAGED, FOREIGN, NEWER, OTHER_KEY = "damaged", "foreign", "newer", "other_key"


Pairs = Sequence[tuple[str, Any]]
Index = tuple[Pairs, Pairs]  # its fields with their direction, its options: a server may mind their order


class UnusableBackup(PrasanError):
    """`kind`: damaged (also cut off), foreign, newer, or other_key; `detail` says where."""

    def __init__(self, kind: str, detail: object = "") -> None:
        self.kind, self.detail = kind, str(detail)
        super().__init__(f"{kind}: {detail}")


@dataclass(frozen=True)
class Manifest:
    """What a whole file says of itself. `schema`: service → version; `counts`: service → collection →
    documents; `indexes`: service → collection → each of them; `parts`: name → SHA-256."""

    taken_at: str
    schema: Mapping[str, int]
    counts: Mapping[str, Mapping[str, int]]
    indexes: Mapping[str, Mapping[str, Sequence[Index]]]
    parts: Mapping[str, str]

    @property
    def documents(self) -> int:
        return sum(sum(counts.values()) for counts in self.counts.values())


class Seal:
    """Signs under a key derived from PRASAN_SECRET_KEY, and tells whose key a file was made with."""

    def __init__(self, secret: str, previous: Iterable[str] = ()) -> None:
        self._key, *self._former = (derive_key(each, "backups") for each in (secret, *previous))

    @property
    def key_name(self) -> str:
        """Says which key it is and nothing about it."""
        return _signed(self._key, _KEY_NAME)[:16]

    def knows(self, key_name: object) -> bool:
        """Whether it is the key of today, or one that still opens what it sealed."""
        return key_name in {_signed(key, _KEY_NAME)[:16] for key in (self._key, *self._former)}

    def sign(self, content: bytes) -> str:
        return _signed(self._key, content)

    def fits(self, content: bytes, signature: object) -> bool:
        keys = (self._key, *self._former)
        return isinstance(signature, str) and any(
            hmac.compare_digest(_signed(key, content), signature) for key in keys
        )


def _signed(key: bytes, content: bytes) -> str:
    return hmac.new(key, content, hashlib.sha256).hexdigest()


@dataclass
class _Buffer:
    """Documents of the collection under way."""

    service: str = ""
    collection: str = ""
    number: int = 0
    content: io.BytesIO = field(default_factory=io.BytesIO)


class Writer:
    """Writes a backup to `stream`, document by document; complete only after `close`."""

    def __init__(self, stream: IO[bytes], seal: Seal, taken_at: str, schema: Mapping[str, int]) -> None:
        self._seal = seal
        self._compressed = gzip.GzipFile("", "wb", COMPRESSION, stream, mtime=0)
        self._tar = tarfile.TarFile.open(fileobj=self._compressed, mode="w|", format=tarfile.PAX_FORMAT)
        self._buffer = _Buffer()
        self._parts: dict[str, str] = {}
        self._counts: dict[str, dict[str, int]] = defaultdict(dict)
        self._indexes: dict[str, dict[str, Any]] = defaultdict(dict)
        self._about = {"product": PRODUCT, "format": FORMAT, "taken_at": taken_at, "schema": dict(schema)}
        self._add(HEADER, _json({**self._about, "key": seal.key_name}))

    def begin(self, service: str, collection: str, indexes: Sequence[Index] = ()) -> None:
        """What follows is of this collection."""
        self._flush()
        self._indexes[service][collection] = list(indexes)
        self._buffer = _Buffer(service, collection)

    def add(self, document: bytes) -> None:
        """A document as BSON."""
        buffer = self._buffer
        counts = self._counts[buffer.service]
        counts[buffer.collection] = counts.get(buffer.collection, 0) + 1
        buffer.content.write(document)
        if buffer.content.tell() >= PART_BYTES:
            self._flush()

    def close(self) -> Manifest:
        """Writes the manifest and ends the file."""
        self._flush()
        found = {"counts": self._counts, "indexes": self._indexes, "parts": self._parts}
        content = _json({**self._about, **found})
        self._add(MANIFEST, _json({"manifest": content.decode(), "signature": self._seal.sign(content)}))
        self._tar.close()
        self._compressed.close()
        return _manifest(json.loads(content))

    def _flush(self) -> None:
        buffer = self._buffer
        if not buffer.content.tell():
            return
        name = f"{buffer.service}/{buffer.collection}/{buffer.number:06}.bson"
        content = buffer.content.getvalue()
        self._parts[name] = hashlib.sha256(content).hexdigest()
        self._add(name, content)
        self._buffer = _Buffer(buffer.service, buffer.collection, buffer.number + 1)

    def _add(self, name: str, content: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), 0o600
        self._tar.addfile(member, io.BytesIO(content))


@dataclass(frozen=True)
class Part:
    """Some documents of one collection, as BSON."""

    service: str
    collection: str
    documents: tuple[bytes, ...]


class Reader:
    """A backup in `stream`, which can be read from its start as often as one likes.

    Everything raises UnusableBackup for what is not as it was written.
    """

    def __init__(self, stream: IO[bytes], seal: Seal) -> None:
        self._stream = stream
        self._seal = seal

    def verify(self) -> Manifest:
        """Reads all of it, and returns its manifest only if every part is as it was written."""
        found: dict[str, str] = {}
        counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        manifest: Manifest | None = None
        for name, content in self._members():
            if manifest is not None:
                raise UnusableBackup(DAMAGED, f"{name} comes after the manifest")
            if name == MANIFEST:
                manifest = self._signed(content)
            else:
                part = _part(name, content)
                found[name] = hashlib.sha256(content).hexdigest()
                counts[part.service][part.collection] += len(part.documents)
        if manifest is None:
            raise UnusableBackup(DAMAGED, "it ends too early")
        if found != dict(manifest.parts) or counts != manifest.counts:
            raise UnusableBackup(DAMAGED, "its parts are not those of its manifest")
        return manifest

    def parts(self, manifest: Manifest) -> Iterator[Part]:
        """Every part once more, each compared with the verified manifest before it is handed out."""
        for name, content in self._members():
            if name == MANIFEST:
                return
            if hashlib.sha256(content).hexdigest() != manifest.parts.get(name):
                raise UnusableBackup(DAMAGED, f"{name} changed while it was read")
            yield _part(name, content)

    def _members(self) -> Iterator[tuple[str, bytes]]:
        """Everything behind the header, which is checked."""
        if not _is_compressed(self._stream):
            raise UnusableBackup(FOREIGN)
        try:
            with (
                gzip.GzipFile(fileobj=self._stream) as content,
                tarfile.open(fileobj=content, mode="r|") as tar,
            ):
                self._check_header(_next(tar))
                while member := _next(tar):
                    yield member
                while content.read(PART_BYTES):
                    pass  # to the end, where gzip's own checksum stands
        except (EOFError, zlib.error, tarfile.TarError, gzip.BadGzipFile) as error:
            raise UnusableBackup(DAMAGED, type(error).__name__) from error

    def _check_header(self, member: tuple[str, bytes] | None) -> None:
        name, content = member or ("", b"")
        if name != HEADER:
            raise UnusableBackup(FOREIGN)
        about = _object(content)
        if about.get("product") != PRODUCT:
            raise UnusableBackup(FOREIGN)
        if not isinstance(about.get("format"), int) or about["format"] > FORMAT:
            raise UnusableBackup(NEWER, f"format {about.get('format')}")
        if not self._seal.knows(about.get("key")):
            raise UnusableBackup(OTHER_KEY)

    def _signed(self, content: bytes) -> Manifest:
        signed = _object(content)
        text = str(signed.get("manifest")).encode()
        if not self._seal.fits(text, signed.get("signature")):
            raise UnusableBackup(DAMAGED, "the signature of its manifest")
        return _manifest(_object(text))


def _is_compressed(stream: IO[bytes]) -> bool:
    """Whether it begins as gzip does: what does not is no backup at all. Rewinds the stream."""
    stream.seek(0)
    begins = stream.read(2)
    stream.seek(0)
    return begins == b"\x1f\x8b"


def _next(tar: tarfile.TarFile) -> tuple[str, bytes] | None:
    member = tar.next()
    if member is None:
        return None
    largest = LARGEST_MANIFEST if member.name == MANIFEST else LARGEST_PART
    if not member.isreg() or member.size > largest:
        raise UnusableBackup(DAMAGED, f"{member.name[:100]!r} is no part of a backup")
    content = tar.extractfile(member)
    assert content is not None
    return member.name, content.read()


def _part(name: str, content: bytes) -> Part:
    match = _PART.fullmatch(name)
    if match is None or match[1] not in SERVICES:
        raise UnusableBackup(DAMAGED, f"{name[:100]!r} is no part of a backup")
    return Part(match[1], match[2], tuple(_documents(name, content)))


def _documents(name: str, content: bytes) -> Iterator[bytes]:
    """BSON documents begin with their length in four bytes."""
    start = 0
    while start < len(content):
        end = start + int.from_bytes(content[start : start + 4], "little")
        if end - start < 5 or end > len(content):
            raise UnusableBackup(DAMAGED, name)
        yield content[start:end]
        start = end


def _manifest(about: Mapping[str, Any]) -> Manifest:
    return Manifest(about["taken_at"], about["schema"], about["counts"], about["indexes"], about["parts"])


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnusableBackup(DAMAGED, "unreadable JSON") from error
    if not isinstance(found, dict):
        raise UnusableBackup(DAMAGED, "unreadable JSON")
    return found


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1).encode()
