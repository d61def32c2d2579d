"""`prasan outbox`: what waits in each service for the broker."""

from __future__ import annotations

from collections.abc import Iterator

import click
from prometheus_client.parser import text_string_to_metric_families

from prasan.command import SpokenCommand, services_for, shared_options
from prasan.screen import Screen
from prasan.services import Services
from shared.messaging.topology import SERVICES

WAITING = "prasan_outbox_waiting"


@click.command(cls=SpokenCommand, help="help.outbox")
@shared_options
def outbox(screen: Screen) -> None:
    with services_for(screen) as services:
        rows = [row for service in SERVICES for row in waiting(services, service)]
    columns = ("service", "collection", "waiting")
    screen.show(rows, screen.table(columns, ([row[c] for c in columns] for row in rows)))
    total = sum(int(row["waiting"]) for row in rows)
    screen.say("outbox.waiting" if total else "outbox.empty", count=total)


def waiting(services: Services, service: str) -> Iterator[dict[str, str | int]]:
    """How many documents of each collection hold events that the broker has not confirmed yet."""
    text = services.call(service, "GET", "/metrics").text
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == WAITING:
                yield {
                    "service": service,
                    "collection": sample.labels["collection"],
                    "waiting": int(sample.value),
                }
