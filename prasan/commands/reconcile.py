"""`prasan reconcile`: finds what was said and not heard, and has it said again."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from prasan.command import DONE, FAILED, SpokenCommand, option, services_for, shared_options
from prasan.duration import Duration
from prasan.screen import Screen
from shared.clock import Clock, SystemClock
from shared.errors import DependencyDown
from shared.messaging.reconciler import OLDER_THAN, YOUNGER_THAN, Gap, Reconciler


@click.command(cls=SpokenCommand, help="help.reconcile")
@option("--every", type=Duration(), default=None, help="help.reconcile.every")
@option("--older-than", type=Duration(), default=OLDER_THAN, show_default="10m", help="help.reconcile.older")
@option(
    "--younger-than", type=Duration(), default=YOUNGER_THAN, show_default="90d", help="help.reconcile.younger"
)
@option("--dry-run", is_flag=True, help="help.reconcile.dry")
@shared_options
@click.pass_context
def reconcile(
    context: click.Context,
    screen: Screen,
    every: timedelta | None,
    older_than: timedelta,
    younger_than: timedelta,
    dry_run: bool,
) -> None:
    window = (older_than, younger_than)
    if every is None:
        gaps = _once(screen, window, dry_run)
        context.exit(FAILED if gaps and dry_run else DONE)
    while True:
        _once_or_later(screen, window, dry_run)
        time.sleep(every.total_seconds())


def _once_or_later(screen: Screen, window: tuple[timedelta, timedelta], dry_run: bool) -> None:
    """A service that is down now may answer the next time."""
    try:
        _once(screen, window, dry_run)
    except DependencyDown as error:
        screen.complain("error.dependency", [error.cause], dependency=error.dependency)


def _once(screen: Screen, window: tuple[timedelta, timedelta], dry_run: bool) -> list[Gap]:
    """Compare, republish, report; the gaps that were found."""
    with services_for(screen) as services, services.signed_client() as client:
        reconciler = Reconciler(client, services.urls)
        events, gaps = _compared(reconciler, window, SystemClock())
        for gap in [] if dry_run else gaps:
            reconciler.republish(gap)
    screen.show(_as_json(events, gaps, dry_run), _table(screen, gaps))
    screen.say("reconcile.compared", count=events)
    screen.say("reconcile.gaps" if gaps else "reconcile.whole", count=len(gaps))
    if gaps and not dry_run:
        screen.say("reconcile.republished", count=len(gaps))
    return gaps


def _compared(
    reconciler: Reconciler, window: tuple[timedelta, timedelta], clock: Clock
) -> tuple[int, list[Gap]]:
    found = list(reconciler.compare(clock.now(), *window))
    return len(found), [gap for _, gap in found if gap is not None]


def _as_json(events: int, gaps: list[Gap], dry_run: bool) -> dict[str, Any]:
    return {
        "events": events,
        "gaps": [asdict(gap) for gap in gaps],
        "republished": 0 if dry_run else len(gaps),
    }


def _table(screen: Screen, gaps: list[Gap]) -> Any:
    columns = ("event_id", "missing", "service")
    rows = ([gap.event_id, screen.text(f"missing.{gap.missing}"), gap.republish_at] for gap in gaps)
    return screen.table(columns, rows) if gaps else None
