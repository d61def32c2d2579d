"""`prasan pause` and `prasan resume`: stop all mail at once, and let it go on."""

from __future__ import annotations

import click

from prasan.command import SpokenCommand, services_for, shared_options
from prasan.screen import Screen
from prasan.waiting import waiting_table


@click.command(cls=SpokenCommand, help="help.pause")
@shared_options
def pause(screen: Screen) -> None:
    _switch(screen, "pause")


@click.command(cls=SpokenCommand, help="help.resume")
@shared_options
def resume(screen: Screen) -> None:
    _switch(screen, "resume")


def _switch(screen: Screen, action: str) -> None:
    with services_for(screen) as services:
        answer = services.post("notifications", f"/v1/sending/{action}")
    screen.show(answer, waiting_table(screen, answer["waiting"]))
    screen.say(f"sending.{action}d")
    if answer["mode"] == "hold":
        screen.advise("sending.hold", style="yellow")
