"""`prasan migrate`: brings the three databases to the version of this program."""

from __future__ import annotations

import click

from prasan.command import SpokenCommand, shared_options
from prasan.screen import Screen


@click.command(cls=SpokenCommand, help="help.migrate")
@shared_options
def migrate(screen: Screen) -> None:
    from prasan import migrating  # imports the services, for which no other command should wait

    migrating.migrate(screen)
