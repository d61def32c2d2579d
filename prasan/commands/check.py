"""`prasan check`: proves every part before anybody relies on it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from prasan.checks import Check, Finding, failed, found
from prasan.checks.broker import check_broker
from prasan.checks.database import check_database
from prasan.checks.mail import check_mail
from prasan.checks.readiness import check_services
from prasan.checks.secrets import check_secret
from prasan.command import DONE, FAILED, SpokenCommand, shared_options
from prasan.screen import Screen
from shared.config import Settings
from shared.errors import Misconfigured

CHECKS: tuple[Check, ...] = (check_secret, check_broker, check_database, check_mail, check_services)


@click.command(cls=SpokenCommand, help="help.check")
@shared_options
@click.pass_context
def check(context: click.Context, screen: Screen) -> None:
    findings = []
    for finding in every_finding():
        findings.append(finding)
        if not screen.as_json:
            _show(screen, finding)
    if screen.as_json:
        screen.show([_as_json(screen, finding) for finding in findings])
    context.exit(DONE if all(finding.ok for finding in findings) else FAILED)


def every_finding() -> Iterator[Finding]:
    """Each part's findings as they come; with settings that cannot be read, only that."""
    try:
        settings = Settings.from_environment(required=())
    except Misconfigured as error:
        yield failed("settings", "settings", advice=str(error))
        return
    yield found("settings", "settings", mode=settings.mail_mode)
    for each in CHECKS:
        yield from each(settings)


def _show(screen: Screen, finding: Finding) -> None:
    mark, style = ("✔", "green") if finding.ok else ("✘", "red")
    screen.out.print(f"[{style}]{mark}[/] ", end="")
    screen.say(finding.sentence, **finding.params)
    if not finding.ok:
        screen.say(finding.what_to_do, style="yellow", **finding.params)


def _as_json(screen: Screen, finding: Finding) -> dict[str, object]:
    return {
        "part": finding.part,
        "code": finding.key,
        "ok": finding.ok,
        "message": screen.text(finding.sentence, **finding.params),
        "do": None if finding.ok else screen.text(finding.what_to_do, **finding.params),
        **finding.params,
    }
