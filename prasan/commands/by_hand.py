"""`prasan by-hand`: whom a person has to tell, what to say, and that it was said."""

from __future__ import annotations

from itertools import islice
from typing import Any

import click

from prasan.command import SpokenCommand, SpokenGroup, option, services_for, shared_options
from prasan.screen import Screen, shown
from prasan.services import LARGEST_PAGE, Services
from shared.clock import from_timestamp, to_timestamp

HOW = ("telephone", "line", "in_person", "letter", "other")
_PATH = "/v1/by-hand"


@click.group("by-hand", cls=SpokenGroup, help="help.by_hand")
def by_hand() -> None:
    """Telling people without an address."""


@by_hand.command("list", cls=SpokenCommand, help="help.by_hand.list")
@option("--project", default=None, help="help.by_hand.project")
@option("--milestone", default=None, help="help.by_hand.milestone")
@option("--district", default=None, help="help.by_hand.district")
@option("--told", is_flag=True, help="help.by_hand.told_only")
@option("--limit", default=200, show_default=True, type=click.IntRange(1, 100_000), help="help.limit")
@shared_options
def call_list(screen: Screen, limit: int, told: bool, **filters: str | None) -> None:
    with services_for(screen) as services:
        query = {**filters, "told": "true" if told else None, "limit": LARGEST_PAGE}
        found = list(islice(services.items("notifications", _PATH, **query), limit))
    screen.show(found)
    if not screen.as_json:
        for item in found:
            _show(screen, item)
    screen.say("by_hand.told" if told else "by_hand.waiting", count=len(found))


@by_hand.command("told", cls=SpokenCommand, help="help.by_hand.told")
@click.argument("delivery_id")
@option("--how", type=click.Choice(HOW), default="telephone", show_default=True, help="help.by_hand.how")
@option("--by", default=None, help="help.by_hand.by")
@option("--at", default=None, help="help.by_hand.at")
@option("--note", default=None, help="help.by_hand.note")
@option("--undo", is_flag=True, help="help.by_hand.undo")
@shared_options
def told(screen: Screen, delivery_id: str, undo: bool, at: str | None, **given: str | None) -> None:
    path = f"{_PATH}/{delivery_id}"
    with services_for(screen) as services:
        if undo:
            answer = _undone(services, path)
        else:
            body = {**given, "at": _instant(screen, at)}
            answer = services.post("notifications", f"{path}/told", body)
    screen.show(answer)
    screen.say("by_hand.undone" if undo else "by_hand.noted", name=answer["name"], style="green")


def _undone(services: Services, path: str) -> Any:
    version = services.get("notifications", path)["version"]
    headers = {"If-Match": f'"{version}"'}
    return services.call("notifications", "DELETE", f"{path}/told", headers=headers).json()


def _instant(screen: Screen, text: str | None) -> str | None:
    """With its offset, as 2026-11-23T14:00+07:00."""
    if text is None:
        return None
    try:
        return to_timestamp(from_timestamp(text))
    except ValueError as error:
        raise click.BadParameter(screen.text("by_hand.wrong_time"), param_hint="--at") from error


def _show(screen: Screen, item: dict[str, Any]) -> None:
    """One person: how to reach them, and what to say, ready to be copied."""
    reach = item["reach_by"] or screen.text("by_hand.no_way")
    screen.say("by_hand.person", name=item["name"], reach=reach, style="bold")
    screen.say("by_hand.id", id=item["id"], style="dim")
    if item["told"]:
        how = screen.text(f"by_hand.how.{item['told']['how']}")
        at = screen.instant(item["told"]["at"])
        screen.say("by_hand.by", by=item["told"]["by"], how=how, at=at)
    elif item["text"]:
        # in the language of whoever is called, not of whoever calls
        click.echo("\n".join(map(shown, item["text"][item["language"]].splitlines())))
    click.echo()
