"""`prasan pause` and `prasan resume`: stop all mail at once, and let it go on."""

from __future__ import annotations

import click

from prasan.command import SpokenCommand, option, services_for, shared_options
from prasan.screen import Screen

_PATH = "/v1/sending"


@click.command(cls=SpokenCommand, help="help.pause")
@option("--reason", default=None, help="help.pause.reason")
@shared_options
def pause(screen: Screen, reason: str | None) -> None:
    _switch(screen, "pause", {"reason": reason} if reason else {})


@click.command(cls=SpokenCommand, help="help.resume")
@shared_options
def resume(screen: Screen) -> None:
    _switch(screen, "resume", {})


def _switch(screen: Screen, action: str, body: dict[str, str]) -> None:
    with services_for(screen) as services:
        answer = services.post("notifications", f"{_PATH}/{action}", body)
    screen.show(answer)
    screen.say(f"sending.{action}d")
