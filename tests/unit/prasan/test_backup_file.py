"""The file of a backup: what is written is read again, and nothing else is taken for it."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
from collections.abc import Callable

import bson
import pytest

from prasan.backup.archive import (
    DAMAGED,
    FOREIGN,
    HEADER,
    MANIFEST,
    NEWER,
    OTHER_KEY,
    PART_BYTES,
    Manifest,
    Reader,
    Seal,
    UnusableBackup,
    Writer,
)

SECRET = "q7Wm-3kZ0pXr9sLv5tYb8nHc1dGf4jAe6uRi2oTxC"
OTHER = "another-7Wm-3kZ0pXr9sLv5tYb8nHc1dGf4jAe6u"
SCHEMA = {"projects": 1, "partners": 1, "notifications": 2}
DOCUMENTS = [{"_id": f"p{n}", "version": n, "title": "ลำพูนสะอาด 🌾 \u202e<b>\r\n"} for n in range(20)]
INDEX = ([("outbox.id", 1)], [("name", "outbox.id_1"), ("sparse", True)])


def written(secret: str = SECRET, documents: list[dict[str, object]] | None = None) -> bytes:
    """A whole file with two collections of projects, one of which is empty, and one of notifications."""
    stream = io.BytesIO()
    writer = Writer(stream, Seal(secret), "2026-11-23T05:00:00.000Z", SCHEMA)
    writer.begin("notifications", "dispatches")
    writer.add(bson.encode({"_id": "d", "version": 1}))
    writer.begin("projects", "projects", [INDEX])
    for document in DOCUMENTS if documents is None else documents:
        writer.add(bson.encode(document))
    writer.begin("projects", "indicators")
    writer.close()
    return stream.getvalue()


def verified(content: bytes, secret: str = SECRET, *previous: str) -> Manifest:
    return Reader(io.BytesIO(content), Seal(secret, previous)).verify()


def refusal(content: bytes, secret: str = SECRET) -> str:
    """The kind of the refusal."""
    with pytest.raises(UnusableBackup) as refused:
        verified(content, secret)
    return refused.value.kind


def rewritten(change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> bytes:
    """The file with other members, packed as well as the first."""
    with tarfile.open(fileobj=io.BytesIO(written()), mode="r:gz") as tar:
        members = {m.name: tar.extractfile(m).read() for m in tar.getmembers()}  # type: ignore[union-attr]  # files
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, content in change(members).items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def test_what_was_written_is_read_again() -> None:
    """Given documents with Thai, emoji, line ends and a direction mark, they come back byte for byte."""
    reader = Reader(io.BytesIO(written()), Seal(SECRET))
    manifest = reader.verify()
    parts = list(reader.parts(manifest))

    assert manifest.counts == {"notifications": {"dispatches": 1}, "projects": {"projects": 20}}
    assert manifest.schema == SCHEMA and manifest.documents == 21
    assert [bson.decode(each) for each in parts[1].documents] == DOCUMENTS
    assert (parts[1].service, parts[1].collection) == ("projects", "projects")
    assert manifest.indexes["projects"]["projects"] == [[[["outbox.id", 1]], [list(p) for p in INDEX[1]]]]


def test_many_documents_are_written_in_parts() -> None:
    """Given more than one part holds, memory does not grow with the collection."""
    documents = [{"_id": n, "text": "ก" * 100_000} for n in range(2 * PART_BYTES // 300_000)]
    manifest = verified(written(documents=documents))

    assert [name for name in manifest.parts if name.startswith("projects/projects/")] == [
        "projects/projects/000000.bson",
        "projects/projects/000001.bson",
    ]


def test_it_is_mongodumps_own_form_inside() -> None:
    """Given any tool that reads tar and BSON, it can read what is in there."""
    with tarfile.open(fileobj=io.BytesIO(written()), mode="r:gz") as tar:
        content = tar.extractfile("projects/projects/000000.bson").read()  # type: ignore[union-attr]  # a file

    assert bson.decode_all(content) == DOCUMENTS


@pytest.mark.parametrize("fraction", [0.0, 0.02, 0.3, 0.6, 0.95, 0.999])
def test_a_file_that_was_cut_off_is_refused(fraction: float) -> None:
    """Given a disk that was full, whatever is left is no backup."""
    content = written()

    assert refusal(content[: int(len(content) * fraction)]) in (DAMAGED, FOREIGN)


def test_a_file_without_its_last_bytes_is_refused() -> None:
    """Given all but gzip's own ending, it is refused as well."""
    assert refusal(written()[:-3]) == DAMAGED


@pytest.mark.parametrize("seed", range(40))
def test_no_changed_byte_goes_unnoticed(seed: int) -> None:
    """Given one byte of the file changed anywhere, it is refused, or it was a byte that says nothing."""
    content = bytearray(written())
    place = random.Random(seed).randrange(10, len(content))  # behind gzip's own header
    content[place] ^= 1 << random.Random(seed).randrange(8)

    assert refusal(bytes(content)) in (DAMAGED, FOREIGN, OTHER_KEY, NEWER)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x1f\x8b",
        b"PK\x03\x04 a workbook",
        b"root:x:0:0:root",
        gzip.compress(b"no tar"),
        gzip.compress(b""),
        gzip.compress(bytes(10_240)),
    ],
    ids=["nothing", "two-bytes", "a-workbook", "a-text", "no-tar", "an-empty-gzip", "zeros"],
)
def test_what_is_no_backup_is_refused(content: bytes) -> None:
    """Given any other file, it is refused."""
    assert refusal(content) in (FOREIGN, DAMAGED)


def test_a_tar_of_something_else_is_foreign() -> None:
    """Given a well-made archive of another program, it says so."""
    assert refusal(rewritten(lambda members: {"readme.txt": b"hello"})) == FOREIGN


def test_a_newer_format_is_refused_as_such() -> None:
    """Given a file of a later version of Prasan, the operator learns to use that one."""

    def newer(members: dict[str, bytes]) -> dict[str, bytes]:
        about = {**json.loads(members[HEADER]), "format": 2}
        return {**members, HEADER: json.dumps(about).encode()}

    assert refusal(rewritten(newer)) == NEWER


def test_another_key_is_told_apart_from_damage() -> None:
    """Given another PRASAN_SECRET_KEY, the operator learns that the key is the matter."""
    assert refusal(written(), OTHER) == OTHER_KEY


def test_a_former_key_still_opens_it() -> None:
    """Given the key was changed since, the file of before is taken as long as the former key is set."""
    assert verified(written(), OTHER, SECRET).documents == 21


@pytest.mark.parametrize(
    "change",
    [
        lambda m: {k: v for k, v in m.items() if not k.startswith("notifications/")},
        lambda m: {**m, "projects/extra/000000.bson": bson.encode({"_id": 1})},
        lambda m: {k: v for k, v in m.items() if k != MANIFEST},
        lambda m: {k: (bson.encode({"_id": "x"}) if k.startswith("projects/") else v) for k, v in m.items()},
        lambda m: {k.replace("projects/projects", "projects/programmes"): v for k, v in m.items()},
        lambda m: {HEADER: m[HEADER], MANIFEST: m[MANIFEST], **m},
        lambda m: {**m, MANIFEST: m[MANIFEST].replace(b"2026", b"2027")},
        lambda m: {**m, MANIFEST: b"[]"},
        lambda m: {HEADER: m[HEADER], "../../etc/passwd": b"x", **m},
        lambda m: {HEADER: m[HEADER], "secrets/people/000000.bson": bson.encode({}), **m},
        lambda m: {**m, "projects/projects/000000.bson": b"\xff\xff\xff\x7fx"},
    ],
    ids=range(11),
)
def test_other_parts_than_the_manifests_are_refused(
    change: Callable[[dict[str, bytes]], dict[str, bytes]],
) -> None:
    """Given parts left out, added, swapped, renamed or named to escape, the file is refused whole."""
    assert refusal(rewritten(change)) == DAMAGED


def test_a_part_that_changes_after_the_check_is_not_handed_out() -> None:
    """Given somebody replaces the file between check and restore, nothing of it is loaded."""
    manifest = verified(written())
    other = Reader(io.BytesIO(written(documents=[{"_id": "forged"}])), Seal(SECRET))

    with pytest.raises(UnusableBackup):
        list(other.parts(manifest))


def test_the_file_does_not_say_its_key() -> None:
    """Given the file, nothing of the secret stands in it, not even packed."""
    assert SECRET.encode() not in gzip.decompress(written())
