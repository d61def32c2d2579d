"""`prasan incoming`: mail that came back; what became of it, the mail as it came, and once more."""

from __future__ import annotations

import base64

import click

from prasan.command import SpokenCommand, SpokenGroup, option, services_for, shared_options
from prasan.screen import Screen, shown
from prasan.services import LARGEST_PAGE

_SERVICE, _PATH = "notifications", "/v1/incoming"
_COLUMNS = ("id", "received_at", "outcome", "cause", "contact_id")
LONGEST_SHOWN = 20_000  # characters of a mail on a screen


@click.group("incoming", cls=SpokenGroup, help="help.incoming")
def incoming() -> None:
    """Mail that came back."""


@incoming.command("list", cls=SpokenCommand, help="help.incoming.list")
@option("--outcome", default=None, help="help.incoming.outcome")
@option("--contact", default=None, help="help.incoming.contact")
@shared_options
def show_all(screen: Screen, outcome: str | None, contact: str | None) -> None:
    with services_for(screen) as services:
        mails = list(services.items(_SERVICE, _PATH, outcome=outcome, contact=contact, limit=LARGEST_PAGE))
    screen.show(mails, screen.table(_COLUMNS, ([mail.get(c) for c in _COLUMNS] for mail in mails)))
    screen.say("incoming.some" if mails else "incoming.none", count=len(mails))


@incoming.command("show", cls=SpokenCommand, help="help.incoming.show")
@click.argument("incoming_id")
@shared_options
def show_one(screen: Screen, incoming_id: str) -> None:
    with services_for(screen) as services:
        mail = services.get(_SERVICE, f"{_PATH}/{incoming_id}")
    if screen.as_json:
        screen.show(mail)
        return
    facts = [(key, value) for key, value in mail.items() if key != "raw"]
    screen.show(None, screen.table(("field", "value"), facts))
    click.echo(shown(base64.b64decode(mail["raw"]).decode("utf-8", "replace")[:LONGEST_SHOWN]))


@incoming.command("handle", cls=SpokenCommand, help="help.incoming.handle")
@click.argument("incoming_ids", nargs=-1, required=True)
@shared_options
def handle(screen: Screen, incoming_ids: tuple[str, ...]) -> None:
    with services_for(screen) as services:
        for incoming_id in incoming_ids:
            services.post(_SERVICE, f"{_PATH}/{incoming_id}/handle")
            screen.say("incoming.handled", id=incoming_id)
    screen.show({"handled": list(incoming_ids)})
