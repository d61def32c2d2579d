"""`prasan backup`: one file of all three databases, made while they are in use."""

from __future__ import annotations

import click

from prasan.command import SpokenCommand, shared_options
from prasan.screen import Screen


@click.command(cls=SpokenCommand, help="help.backup")
@click.argument("file")
@shared_options
def backup(screen: Screen, file: str) -> None:
    from prasan.backup.making import back_up  # imports the services, for which no other command should wait

    back_up(screen, file)
