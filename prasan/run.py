"""`make run`: the whole system on this machine, left running with its addresses printed, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from prasan.commands.seed import SeedProgress, signed_as
from prasan.screen import Screen
from prasan.seed.loading import amounts, load
from prasan.seed.reading import read_seed
from shared.config import Settings
from shared.messaging.topology import SERVICES
from shared.testing.mailbox.store import Received
from shared.testing.stack import AlreadyRunning, Stack

RUN_DIRECTORY = Path(".run")
_LOOK_AT_MAILBOX_EVERY = 0.5  # seconds


def main() -> int:
    """Starts everything, loads Lamphun, and shows each mail until somebody ends it."""
    screen, ended = Screen(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    stack = Stack(RUN_DIRECTORY, usual_ports=True)
    screen.say("run.starting")
    try:
        stack.start()
        _load_lamphun(screen, stack)
        _print_addresses(screen, stack)
        screen.say("run.answers", address=f"127.0.0.1:{stack.start_intake()}")
        _show_mail_until(ended, screen, stack)
    except AlreadyRunning as error:
        sys.exit(str(error))
    finally:
        screen.say("run.stopping")
        stack.stop()
    return 0


def _load_lamphun(screen: Screen, stack: Stack) -> None:
    settings = Settings.from_environment(stack.operator_environment(), required=())
    lamphun = read_seed()
    with SeedProgress(screen, amounts(lamphun)) as progress:
        load(lamphun, lambda subject: signed_as(settings, subject), progress.one)


def _print_addresses(screen: Screen, stack: Stack) -> None:
    for service in SERVICES:
        screen.say("run.service", service=service, url=stack.url(service))
    screen.say("run.mailbox", url=stack.mailbox.url)
    screen.say("run.token")
    file = RUN_DIRECTORY / "operator.env"
    environment = stack.operator_environment()
    names = ("PRASAN_SECRET_KEY", "AMQP_URI", "MONGO_URI", "SMTP_URL", "MAIL_FROM", "MAIL_MODE")
    wanted = (*names, *(f"{service.upper()}_URL" for service in SERVICES))
    file.touch(mode=0o600)
    file.write_text("".join(f"export {name}='{environment[name]}'\n" for name in wanted))
    screen.say("run.environment", file=file)


def _show_mail_until(ended: threading.Event, screen: Screen, stack: Stack) -> None:
    screen.say("run.running")
    shown = len(stack.mailbox.messages())
    while not ended.wait(_LOOK_AT_MAILBOX_EVERY):
        messages = stack.mailbox.messages()
        for message in messages[shown:]:
            _show(screen, message)
        shown = len(messages)


def _show(screen: Screen, message: Received) -> None:
    screen.say("run.mail", to=", ".join(message.recipients), subject=message.subject)


if __name__ == "__main__":
    sys.exit(main())
