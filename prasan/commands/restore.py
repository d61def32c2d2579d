"""`prasan restore`: puts a backup back; nothing that may have been said already is said by itself."""

from __future__ import annotations

import click

from prasan.command import DONE, FAILED, SpokenCommand, option, shared_options
from prasan.screen import Screen


@click.command(cls=SpokenCommand, help="help.restore")
@click.argument("file")
@option("--yes", is_flag=True, help="help.restore.yes")
@option("--replace", is_flag=True, help="help.restore.replace")
@shared_options
@click.pass_context
def restore(context: click.Context, /, screen: Screen, file: str, yes: bool, replace: bool) -> None:
    from prasan.backup import restoring  # imports the services, for which no other command should wait

    context.exit(DONE if restoring.restore(screen, file, yes, replace) else FAILED)
