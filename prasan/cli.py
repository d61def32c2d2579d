"""The operator's command line: `prasan --help`."""

from __future__ import annotations

import click

from prasan.command import Prasan
from prasan.commands.backup import backup
from prasan.commands.by_hand import by_hand
from prasan.commands.check import check
from prasan.commands.contact import contact
from prasan.commands.dead_letters import dead_letters
from prasan.commands.deliveries import deliveries
from prasan.commands.digest import digest
from prasan.commands.importing import importing
from prasan.commands.incoming import incoming
from prasan.commands.migrate import migrate
from prasan.commands.outbox import outbox
from prasan.commands.reconcile import reconcile
from prasan.commands.restore import restore
from prasan.commands.seed import seed
from prasan.commands.sending import pause, resume
from prasan.commands.token import token

COMMANDS: tuple[click.Command, ...] = (
    check,
    seed,
    importing,
    token,
    dead_letters,
    outbox,
    deliveries,
    by_hand,
    digest,
    contact,
    incoming,
    reconcile,
    pause,
    resume,
    migrate,
    backup,
    restore,
)

main = Prasan(name="prasan", help="help.prasan", commands={str(each.name): each for each in COMMANDS})
