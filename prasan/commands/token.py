"""`prasan token`: makes bearer tokens, revokes them by id, lists the revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click
from ulid import ULID

from prasan.command import (
    SpokenCommand,
    SpokenGroup,
    option,
    services_for,
    settings_for_calls,
    shared_options,
)
from prasan.duration import Duration
from prasan.screen import Screen
from prasan.services import LARGEST_PAGE, Services
from shared.auth import ROLES, issue_token
from shared.clock import SystemClock, to_timestamp
from shared.messaging.topology import SERVICES

LONGEST = timedelta(days=730)


@click.group(cls=SpokenGroup, help="help.token")
def token() -> None:
    """Tokens."""


@token.command("create", cls=SpokenCommand, help="help.token.create")
@option("--subject", required=True, help="help.token.subject")
@option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="help.token.role")
@option(
    "--lifetime",
    type=Duration(timedelta(minutes=1)),
    default="8h",
    show_default=True,
    help="help.token.lifetime",
)
@option("--name", default="", help="help.token.name")
@shared_options
def create(screen: Screen, subject: str, roles: tuple[str, ...], lifetime: timedelta, name: str) -> None:
    if lifetime > LONGEST:
        raise click.BadParameter(screen.text("token.too_long", days=LONGEST.days), param_hint="--lifetime")
    secret = settings_for_calls().prasan_secret_key
    now, token_id = SystemClock().now(), str(ULID())
    signed = issue_token(secret, subject, roles, lifetime, now, token_id, name)
    expires = to_timestamp(now + lifetime)
    if screen.as_json:
        made = {"token": signed, "token_id": token_id, "subject": subject, "roles": roles, "expires": expires}
        screen.show(made)
        return
    # The token alone on standard output, so that TOKEN=$(prasan token create …) works.
    screen.advise("token.created", id=token_id, subject=subject, roles=", ".join(roles), expires=expires)
    click.echo(signed)


@token.command("revoke", cls=SpokenCommand, help="help.token.revoke")
@click.argument("token_id")
@option("--reason", default=None, help="help.token.reason")
@shared_options
def revoke(screen: Screen, token_id: str, reason: str | None) -> None:
    with services_for(screen) as services:
        for service in SERVICES:
            services.post(service, "/v1/revocations", {"token_id": token_id, "reason": reason})
    screen.say("token.revoked", id=token_id)
    if screen.as_json:
        screen.show({"token_id": token_id, "revoked_at": list(SERVICES)})


@token.command("list", cls=SpokenCommand, help="help.token.list")
@shared_options
def revoked(screen: Screen) -> None:
    with services_for(screen) as services:
        rows = _revocations(services)
    columns = ("token_id", "revoked_at", "revoked_by", "reason", "services")
    cells = ([*(row[c] for c in columns[:4]), ", ".join(row["services"])] for row in rows)
    screen.show(rows, screen.table(columns, cells))
    if any(len(row["services"]) < len(SERVICES) for row in rows):
        screen.advise("token.revoked_partly", style="yellow")


def _revocations(services: Services) -> list[dict[str, Any]]:
    """Each revoked token once, with the services that know of it: an outage may have left one out."""
    known: dict[str, dict[str, Any]] = {}
    for name in SERVICES:
        for item in services.items(name, "/v1/revocations", limit=LARGEST_PAGE):
            known.setdefault(item["token_id"], {**item, "services": []})["services"].append(name)
    return list(known.values())
