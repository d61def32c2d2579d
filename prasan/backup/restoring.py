"""Puts a backup back: proved first, then loaded, made to agree, and only then served."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import click

from prasan.backup import loading
from prasan.backup.archive import Manifest, Reader, Seal, UnusableBackup
from prasan.backup.making import ON_STANDARD_OUTPUT, counted, progress
from prasan.backup.rejoining import Rejoined, rejoin
from prasan.command import CannotBeDone
from prasan.databases import Place, places, settings_for_databases
from prasan.screen import Screen
from prasan.services import Services, ServiceSilent
from shared.config import Settings
from shared.errors import PrasanError
from shared.messaging.topology import SERVICES


def restore(screen: Screen, file: str, yes: bool, replace: bool) -> bool:
    """Put `file` into the three databases, and say what came of it; False if a person said no.

    Raises CannotBeDone, NewerSchema, DependencyDown.
    """
    settings = settings_for_databases()
    with _input(file) as stream, places(settings) as found:
        reader = Reader(stream, Seal(settings.prasan_secret_key, settings.previous_secrets))
        manifest = _verified(reader, file)
        loading.refuse_newer(manifest, found)
        _refuse_to_disturb(settings, found, replace)
        if not (yes or _confirmed(screen, manifest, found, replace)):
            return False
        loading.begin(found, manifest.taken_at)
        loading.empty(found)
        with progress(screen, "restore.writing", manifest.documents) as advance:
            loading.load(reader, manifest, found, advance)
        screen.advise("restore.rejoining")
        rejoined = rejoin(found, settings)
        loading.end(found)
    _tell(screen, file, manifest, rejoined)
    return True


@contextmanager
def _input(file: str) -> Iterator[IO[bytes]]:
    """The file, or a copy of standard input that nobody else can open. Raises CannotBeDone."""
    if file == ON_STANDARD_OUTPUT:
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
            yield copy
        return
    with ExitStack() as opened:
        try:
            stream = opened.enter_context(Path(file).open("rb"))
        except OSError as error:
            raise CannotBeDone("restore.unreadable", file=file, cause=error.strerror) from error
        yield stream


def _verified(reader: Reader, file: str) -> Manifest:
    """Read whole before anything is touched. Raises CannotBeDone."""
    try:
        return reader.verify()
    except UnusableBackup as error:
        raise CannotBeDone(f"restore.{error.kind}", error.detail, file=file) from error


def _refuse_to_disturb(settings: Settings, found: Mapping[str, Place], replace: bool) -> None:
    """Raises CannotBeDone while a service runs, or over what is there without `--replace`."""
    with Services(settings) as services:
        running = [service for service in SERVICES if _runs(services, service)]
    if running:
        raise CannotBeDone("restore.running", services=", ".join(running))
    full = loading.occupied(found)
    if full and not replace:
        raise CannotBeDone("restore.occupied", services=", ".join(full))


def _runs(services: Services, service: str) -> bool:
    try:
        return bool(services.get(service, "/healthz").get("status"))
    except ServiceSilent:
        return False
    except (PrasanError, AttributeError):
        return False  # whatever listens there is none of ours


def _confirmed(screen: Screen, manifest: Manifest, found: Mapping[str, Place], replace: bool) -> bool:
    """Asked of a person; a script says --yes."""
    databases = ", ".join(place.database.name for place in found.values())
    question = screen.text(
        "restore.confirm_replace" if replace else "restore.confirm",
        databases=databases,
        taken_at=manifest.taken_at,
        count=manifest.documents,
    )
    if not sys.stdin.isatty():
        raise CannotBeDone("restore.needs_yes")
    return click.confirm(question, default=False, err=True)


def _tell(screen: Screen, file: str, manifest: Manifest, rejoined: Rejoined) -> None:
    result = {"file": file, "taken_at": manifest.taken_at, "counts": manifest.counts, **rejoined.as_dict()}
    screen.show(result, counted(screen, manifest))
    screen.say("restore.done", count=manifest.documents, taken_at=manifest.taken_at)
    screen.say("restore.told_again", count=rejoined.said_again)
    if rejoined.held:
        screen.advise("restore.held", style="yellow", count=rejoined.held)
    screen.advise("restore.lost", style="yellow", taken_at=manifest.taken_at)
