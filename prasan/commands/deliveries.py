"""`prasan deliveries`: what became of each message to each contact."""

from __future__ import annotations

from itertools import islice
from typing import Any

import click

from prasan.command import SpokenCommand, option, services_for, shared_options
from prasan.screen import Screen
from shared.contracts.notifications import DELIVERY_STATES


@click.command(cls=SpokenCommand, help="help.deliveries")
@option("--event", default=None, help="help.deliveries.event")
@option("--milestone", default=None, help="help.deliveries.milestone")
@option("--contact", default=None, help="help.deliveries.contact")
@option("--state", default=None, type=click.Choice(DELIVERY_STATES), help="help.deliveries.state")
@option("--limit", default=200, show_default=True, type=click.IntRange(1, 100_000), help="help.limit")
@shared_options
def deliveries(screen: Screen, limit: int, **filters: str | None) -> None:
    with services_for(screen) as services:
        found = list(islice(services.items("notifications", "/v1/deliveries", **filters), limit + 1))
    more, found = len(found) > limit, found[:limit]
    columns = ("contact", "state", "why", "reasons", "at", "event")
    screen.show(found, screen.table(columns, (_row(screen, delivery) for delivery in found)))
    screen.say("deliveries.some", count=len(found))
    if more:
        screen.advise("deliveries.more", style="yellow", limit=limit)


def _row(screen: Screen, delivery: dict[str, Any]) -> list[object]:
    """Contact and event by their ids: names and addresses are shown by the service that keeps them."""
    reasons = ", ".join(sorted({str(reason["code"]) for reason in delivery.get("reasons", ())}))
    return [
        delivery.get("contact_id"),
        screen.text(f"state.{delivery['state']}"),
        delivery.get("why"),
        reasons,
        delivery.get("settled_at") or delivery.get("due_at"),
        delivery.get("event_id"),
    ]
