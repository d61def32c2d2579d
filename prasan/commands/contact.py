"""`prasan contact`: what a person may ask for: a copy, no more mail, to be forgotten (PDPA)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from prasan.command import SpokenCommand, SpokenGroup, option, services_for, shared_options
from prasan.copies.gathering import find as find_contacts
from prasan.copies.gathering import gather
from prasan.copies.page import render
from prasan.screen import Screen

_PRIVATE = 0o600


@click.group("contact", cls=SpokenGroup, help="help.contact")
def contact() -> None:
    """A person's data."""


@contact.command("find", cls=SpokenCommand, help="help.contact.find")
@click.argument("text")
@shared_options
def find(screen: Screen, text: str) -> None:
    with services_for(screen) as services:
        found = find_contacts(services, text)
    rows = ([each["id"], screen.title(each["name"]), each.get("address")] for each in found)
    screen.show(found, screen.table(("id", "name", "address"), rows))
    screen.say("contact.found", count=len(found))


@contact.command("export", cls=SpokenCommand, help="help.contact.export")
@click.argument("contact_id")
@option("--out", default=None, type=click.Path(file_okay=False, path_type=Path), help="help.contact.out")
@shared_options
def export(screen: Screen, contact_id: str, out: Path | None) -> None:
    with services_for(screen) as services:
        copy = gather(services, contact_id)
    folder = out or Path()
    files = {
        folder / f"contact-{contact_id}.json": json.dumps(copy, ensure_ascii=False, indent=1),
        folder / f"contact-{contact_id}.html": render(copy),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            _write(path, content)
    except OSError as error:
        raise click.UsageError(
            screen.text("contact.cannot_write", path=folder, cause=error.strerror)
        ) from error
    screen.show({"files": [str(path) for path in files]})
    screen.say("contact.exported", files=" · ".join(map(str, files)), style="green")


@contact.command("withdraw", cls=SpokenCommand, help="help.contact.withdraw")
@click.argument("contact_id")
@shared_options
def withdraw(screen: Screen, contact_id: str) -> None:
    with services_for(screen) as services:
        path = f"/v1/contacts/{contact_id}"
        version = services.get("partners", path)["version"]
        answer = services.post("partners", f"{path}/withdraw", {}, if_match=version)
    screen.show(answer)
    screen.say("contact.withdrawn", name=screen.title(answer["name"]), style="green")


@contact.command("erase", cls=SpokenCommand, help="help.contact.erase")
@click.argument("contact_id")
@option("--yes", is_flag=True, help="help.contact.yes")
@shared_options
def erase(screen: Screen, contact_id: str, yes: bool) -> None:
    path = f"/v1/contacts/{contact_id}"
    with services_for(screen) as services:
        known: dict[str, Any] = services.get("partners", path)
        question = screen.text("contact.really", name=screen.title(known["name"]))
        if not yes:
            click.confirm(question, abort=True, err=True)
        answer = services.post("partners", f"{path}/erase", {}, if_match=known["version"])
    screen.show(answer)
    screen.say("contact.erased", id=contact_id, style="green")
    screen.advise("contact.erased.backups", style="yellow")


def _write(path: Path, content: str) -> None:
    """Readable by nobody else."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
