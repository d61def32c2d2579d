"""Brings the three databases to the version of this program."""

from __future__ import annotations

from typing import Any

from prasan.databases import Place, places, server_errors, settings_for_databases
from prasan.screen import Screen
from shared.migrations import Upgrade

PATIENCE = 600.0  # seconds that another process may take for it


def migrate(screen: Screen) -> None:
    """Make every step that is still to be made, and say which. Raises NewerSchema, DependencyDown."""
    with places(settings_for_databases()) as found, server_errors():
        # All are looked at before any is touched: one that is newer stops everything.
        upgrades = [(place, _upgrade(place)) for place in found.values()]
        rows = [row for place, upgrade in upgrades for row in _rows(place, upgrade)]
    columns = ("service", "version", "step")
    cells = ([row["service"], row["version"], screen.text(f"migrate.{row['made']}", **row)] for row in rows)
    screen.show(rows, screen.table(columns, cells))
    made = sum(row["made"] == "now" for row in rows)
    screen.say("migrate.done" if made else "migrate.nothing", count=made)


def _upgrade(place: Place) -> Upgrade:
    upgrade = Upgrade(place.database, place.migrations, place.clock)
    upgrade.pending()
    return upgrade


def _rows(place: Place, upgrade: Upgrade) -> list[dict[str, Any]]:
    """The steps made now; one row without a step where there was none to make."""
    made = upgrade.run(PATIENCE)
    if not made:
        version = len(place.migrations)
        return [{"service": place.service, "version": version, "made": "before", "summary": ""}]
    return [
        {"service": place.service, "version": each.version, "made": "now", "summary": each.summary}
        for each in made
    ]
