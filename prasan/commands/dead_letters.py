"""`prasan dead-letters`: messages that could not be handled; shown, mended, replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from prasan.command import SpokenCommand, SpokenGroup, option, services_for, shared_options
from prasan.screen import Screen, shown
from prasan.services import LARGEST_PAGE, ServiceRefused, Services
from shared.errors import NotFound
from shared.messaging.topology import SERVICES

_PATH = "/v1/dead-letters"


@click.group("dead-letters", cls=SpokenGroup, help="help.dead_letters")
def dead_letters() -> None:
    """Dead letters."""


@dead_letters.command("list", cls=SpokenCommand, help="help.dead_letters.list")
@option("--service", type=click.Choice(SERVICES), default=None, help="help.service")
@option("--all", "with_replayed", is_flag=True, help="help.dead_letters.all")
@shared_options
def show_all(screen: Screen, service: str | None, with_replayed: bool) -> None:
    with services_for(screen) as services:
        state = None if with_replayed else "waiting"
        letters = [
            {"service": name, **letter}
            for name in ([service] if service else SERVICES)
            for letter in services.items(name, _PATH, state=state, limit=LARGEST_PAGE)
        ]
    columns = ("service", "id", "queue", "cause", "last_at", "deaths", "replays")
    screen.show(letters, screen.table(columns, ([letter.get(c) for c in columns] for letter in letters)))
    screen.say("dead_letters.some" if letters else "dead_letters.none", count=len(letters))


@dead_letters.command("show", cls=SpokenCommand, help="help.dead_letters.show")
@click.argument("letter_id")
@option("--service", type=click.Choice(SERVICES), default=None, help="help.service")
@shared_options
def show_one(screen: Screen, letter_id: str, service: str | None) -> None:
    with services_for(screen) as services:
        name, letter = _find(services, letter_id, service)
    if screen.as_json:
        screen.show({"service": name, **letter})
        return
    facts = [(key, value) for key, value in letter.items() if key not in ("body", "body_encoding")]
    screen.show(None, screen.table(("field", "value"), [("service", name), *facts]))
    click.echo(shown(_readable(letter)))


@dead_letters.command("replay", cls=SpokenCommand, help="help.dead_letters.replay")
@click.argument("letter_ids", nargs=-1, required=True)
@option("--service", type=click.Choice(SERVICES), default=None, help="help.service")
@option(
    "--body",
    "mended",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="help.dead_letters.body",
)
@shared_options
def replay(screen: Screen, letter_ids: tuple[str, ...], service: str | None, mended: Path | None) -> None:
    if mended and len(letter_ids) > 1:
        raise click.UsageError(screen.text("dead_letters.one_body"))
    body = {"body": _mended(screen, mended)} if mended else {}
    replayed = []
    with services_for(screen) as services:
        for letter_id in letter_ids:
            name, letter = _find(services, letter_id, service)
            replayed.append({"service": name, **services.post(name, f"{_PATH}/{letter_id}/replay", body)})
            screen.say("dead_letters.replayed", id=letter_id, queue=letter.get("queue"))
    screen.show(replayed)


def _find(services: Services, letter_id: str, service: str | None) -> tuple[str, dict[str, Any]]:
    """The letter and the service that keeps it. Raises NotFound."""
    for name in [service] if service else SERVICES:
        try:
            return name, services.get(name, f"{_PATH}/{letter_id}")
        except ServiceRefused as refused:
            if refused.status != 404:
                raise
    raise NotFound("dead-letter-not-found", id=letter_id)


def _mended(screen: Screen, file: Path) -> Any:
    """The mended body. Raises BadParameter for what is no JSON."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        message = screen.text("dead_letters.not_json", cause=error)
        raise click.BadParameter(message, param_hint="--body") from error


def _readable(letter: dict[str, Any]) -> str:
    """The body: JSON spread out, text as it is, anything else in base64."""
    body = str(letter.get("body", ""))
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body
