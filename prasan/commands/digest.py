"""`prasan digest`: what waits for somebody's next digest, and how its mail would look."""

from __future__ import annotations

from urllib.parse import quote

import click

from prasan.command import SpokenCommand, services_for, shared_options
from prasan.screen import Screen

_COLUMNS = ("event", "event_id", "project_id", "left_out")


@click.command(cls=SpokenCommand, help="help.digest")
@click.argument("contact_id")
@shared_options
def digest(screen: Screen, contact_id: str) -> None:
    with services_for(screen) as services:
        found = services.get("notifications", f"/v1/contacts/{quote(contact_id, safe='')}/digest")
    screen.show(found)
    if screen.as_json:
        return
    if found["due_at"] is None:
        screen.say("digest.nothing")
        return
    screen.show(found["items"], screen.table(_COLUMNS, ([i[c] for c in _COLUMNS] for i in found["items"])))
    screen.say("digest.due", at=screen.instant(found["due_at"]), count=len(found["items"]))
    if found["message"] is None:
        screen.advise("digest.empty", style="yellow")
    else:
        screen.say("digest.message", subject=found["message"]["subject"], text=found["message"]["text"])
