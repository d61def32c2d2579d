"""`prasan deliveries`: what became of each message to each contact."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import click

from prasan.command import SpokenCommand, option, services_for, shared_options
from prasan.screen import Screen
from prasan.services import LARGEST_PAGE, Services
from shared.contracts.notifications import DELIVERY_STATES

# What somebody may have to act on; shown when nothing else is asked for.
WORTH_A_LOOK = ("by_hand", "failed", "uncertain", "bounced")
_COLUMNS = ("contact_id", "state", "why", "recorded_at", "due_at", "event_id")


@click.command(cls=SpokenCommand, help="help.deliveries")
@option("--event", default=None, help="help.deliveries.event")
@option("--milestone", default=None, help="help.deliveries.milestone")
@option("--contact", default=None, help="help.deliveries.contact")
@option("--state", default=None, type=click.Choice(DELIVERY_STATES), help="help.deliveries.state")
@option("--limit", default=200, show_default=True, type=click.IntRange(1, 100_000), help="help.limit")
@shared_options
def deliveries(screen: Screen, limit: int, **filters: str | None) -> None:
    with services_for(screen) as services:
        found = list(islice(_found(services, filters), limit + 1))
    more, found = len(found) > limit, found[:limit]
    screen.show(found, screen.table(_COLUMNS, (_row(screen, delivery) for delivery in found)))
    screen.say("deliveries.some" if any(filters.values()) else "deliveries.worth_a_look", count=len(found))
    if more:
        screen.advise("deliveries.more", style="yellow", limit=limit)


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
