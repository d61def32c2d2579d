"""Makes the file: beside its place, and in place when it is whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from rich.progress import Progress, TextColumn

from prasan.backup.archive import Manifest, Seal, Writer
from prasan.backup.reading import copy, expected
from prasan.command import CannotBeDone
from prasan.databases import Place, places, server_errors, settings_for_databases
from prasan.screen import Screen
from shared.clock import SystemClock, to_timestamp
from shared.errors import NewerSchema

ON_STANDARD_OUTPUT = "-"


def back_up(screen: Screen, file: str) -> None:
    """Write all three databases into `file`, and say what is in it. Raises CannotBeDone, DependencyDown."""
    settings = settings_for_databases()
    with places(settings) as found:
        schema = {service: _version(place) for service, place in found.items()}
        with _output(file) as stream:
            writer = Writer(
                stream, Seal(settings.prasan_secret_key), to_timestamp(SystemClock().now()), schema
            )
            with progress(screen, "backup.reading", expected(found)) as advance:
                for _ in copy(found, writer):
                    advance(1)
            manifest = writer.close()
    _tell(screen, file, manifest)


def _version(place: Place) -> int:
    """Raises NewerSchema: this program does not know what a newer one keeps."""
    with server_errors():
        version = place.schema.version()
    if version > len(place.migrations):
        raise NewerSchema(place.database.name, version, len(place.migrations))
    return version


@contextmanager
def _output(file: str) -> Iterator[IO[bytes]]:
    """Written beside its place under another name, readable by its owner only, and put in place when whole.

    Raises CannotBeDone; nothing of the file is left then.
    """
    if file == ON_STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target, partial = Path(file), Path(f"{file}.part")
    if target.exists():
        raise CannotBeDone("backup.exists", file=file)
    try:
        partial.unlink(missing_ok=True)  # of a backup that was broken off
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.rename(target)
    except OSError as error:
        raise CannotBeDone("backup.not_written", file=file, cause=error.strerror) from error
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def progress(screen: Screen, key: str, total: int) -> Iterator[Any]:
    """A bar on standard error, where that is a terminal; yields what makes it grow."""
    shown = screen.err.is_terminal
    with Progress(
        *Progress.get_default_columns(), TextColumn("{task.completed}"), console=screen.err, disable=not shown
    ) as bar:
        task = bar.add_task(screen.text(key), total=total)
        yield lambda count: bar.advance(task, count)


def _tell(screen: Screen, file: str, manifest: Manifest) -> None:
    result = {
        "file": file,
        "taken_at": manifest.taken_at,
        "schema": manifest.schema,
        "counts": manifest.counts,
        "documents": manifest.documents,
    }
    if file == ON_STANDARD_OUTPUT:
        screen.advise("backup.done", count=manifest.documents, file=file)
        return
    screen.show(result, counted(screen, manifest))
    screen.say("backup.done", count=manifest.documents, file=file)
    screen.advise("backup.key", style="yellow")


def counted(screen: Screen, manifest: Manifest) -> Any:
    """A table of what is in a file."""
    rows = [
        [service, collection, count]
        for service, counts in manifest.counts.items()
        for collection, count in counts.items()
    ]
    return screen.table(("service", "collection", "documents"), rows)
