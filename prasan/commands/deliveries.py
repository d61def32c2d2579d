"""`prasan deliveries`: what became of each message to each contact."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import click

from prasan.command import CannotBeDone, SpokenCommand, SpokenGroup, option, services_for, shared_options
from prasan.screen import Screen
from prasan.services import LARGEST_PAGE, Services
from prasan.waiting import waiting_table
from shared.contracts.notifications import DELIVERY_STATES

# What somebody may have to act on; shown when nothing else is asked for.
WORTH_A_LOOK = ("by_hand", "failed", "uncertain", "bounced")
_RESTORED = "/v1/restored-deliveries"
_AGAIN_AFTER = 1.0  # seconds
_COLUMNS = ("contact_id", "state", "why", "recorded_at", "due_at", "event_id")


@click.group(cls=SpokenGroup, help="help.deliveries", invoke_without_command=True)
@option("--event", default=None, help="help.deliveries.event")
@option("--milestone", default=None, help="help.deliveries.milestone")
@option("--contact", default=None, help="help.deliveries.contact")
@option("--state", default=None, type=click.Choice(DELIVERY_STATES), help="help.deliveries.state")
@option("--limit", default=200, show_default=True, type=click.IntRange(1, 100_000), help="help.limit")
@shared_options
@click.pass_context
def deliveries(context: click.Context, /, screen: Screen, limit: int, **filters: str | None) -> None:
    if context.invoked_subcommand is not None:
        return
    with services_for(screen) as services:
        found = list(islice(_found(services, filters), limit + 1))
    more, found = len(found) > limit, found[:limit]
    screen.show(found, screen.table(_COLUMNS, (_row(screen, delivery) for delivery in found)))
    screen.say("deliveries.some" if any(filters.values()) else "deliveries.worth_a_look", count=len(found))
    if more:
        screen.advise("deliveries.more", style="yellow", limit=limit)


@deliveries.command("waiting", cls=SpokenCommand, help="help.deliveries.waiting")
@shared_options
def waiting(screen: Screen) -> None:
    with services_for(screen) as services:
        answer = services.get("notifications", "/v1/sending")
    screen.show(answer, waiting_table(screen, answer["waiting"]))
    screen.say("deliveries.waiting", count=sum(each["count"] for each in answer["waiting"]))
    if answer["paused"]:
        screen.advise("sending.paused", style="yellow")


@deliveries.command("release", cls=SpokenCommand, help="help.deliveries.release")
@option("--event", default=None, help="help.deliveries.event")
@option("--dry-run", is_flag=True, help="help.deliveries.dry")
@option("--yes", is_flag=True, help="help.restore.yes")
@shared_options
def release(screen: Screen, event: str | None, dry_run: bool, yes: bool) -> None:
    with services_for(screen) as services:
        held = list(services.items("notifications", _RESTORED, event=event, limit=LARGEST_PAGE))
        if dry_run or not held:
            shown = held if dry_run else {"released": 0}
            screen.show(shown, screen.table(_COLUMNS, (_row(screen, delivery) for delivery in held)))
            screen.say("release.waiting" if held else "release.nothing", count=len(held))
            return
        if not yes and not _confirmed(screen, len(held)):
            return
        released = _release(services, event)
    screen.show({"released": released})
    screen.say("release.done", count=released)


def _confirmed(screen: Screen, count: int) -> bool:
    """Asked of a person; a script says --yes."""
    if not sys.stdin.isatty():
        raise CannotBeDone("release.needs_yes", count=count)
    return click.confirm(screen.text("release.confirm", count=count), default=False, err=True)


def _release(services: Services, event: str | None) -> int:
    """Some at a time, until none is left that could be let go; how many."""
    released, left = 0, 1
    while left:
        answer = services.post("notifications", f"{_RESTORED}/release", {"event": event})
        released, left = released + int(answer["deliveries"]), int(answer["dispatches_left"])
        if left and not answer["deliveries"]:
            time.sleep(_AGAIN_AFTER)  # a sender is at work on the rest
    return released


def _found(services: Services, filters: dict[str, str | None]) -> Iterator[dict[str, Any]]:
    """By the filters; without any, those that somebody may have to look after."""
    wanted = [filters] if any(filters.values()) else [{"state": state} for state in WORTH_A_LOOK]
    for each in wanted:
        yield from services.items("notifications", "/v1/deliveries", **each, limit=LARGEST_PAGE)


def _row(screen: Screen, delivery: dict[str, Any]) -> list[object]:
    """Contact and event by their ids: names and addresses are shown by the service that keeps them."""
    return [
        screen.text(f"state.{delivery['state']}") if column == "state" else delivery.get(column)
        for column in _COLUMNS
    ]
