"""`prasan import`: a spreadsheet of partners or projects, checked whole, stored as one import, followed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from prasan.command import FAILED, SpokenCommand, SpokenGroup, option, services_for, shared_options
from prasan.importing.findings import MOST_SHOWN, Finding
from prasan.importing.forms import FORMS
from prasan.importing.reading import Parsed, parse
from prasan.importing.template import write_template
from prasan.importing.workbook import UnusableFile
from prasan.screen import Screen
from prasan.services import LARGEST_PAGE, ServiceRefused, Services

LOOK_EVERY, LOOK_FOR = 0.3, 600.0  # seconds
WHAT = ("created", "existing", "merged", "erased", "refused")
_PATH = "/v1/imports"


class ImportGroup(SpokenGroup):
    """`prasan import FILE` beside `prasan import template`: what is no command's name is a file."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options may stand before the file, too."""
        values = (a for n, a in enumerate(args) if not a.startswith("-") and args[n - 1 : n] != ["--lang"])
        first = next(values, None)
        return super().parse_args(ctx, args if first is None or first in self.commands else ["file", *args])


@click.group("import", cls=ImportGroup, help="help.import")
def importing() -> None:
    """Imports."""


@importing.command("template", cls=SpokenCommand, help="help.import.template")
@click.argument("kind", type=click.Choice(list(FORMS)))
@option("--out", default=None, type=click.Path(dir_okay=False, path_type=Path), help="help.import.out")
@option("--overwrite", is_flag=True, help="help.import.overwrite")
@shared_options
def template(screen: Screen, kind: str, out: Path | None, overwrite: bool) -> None:
    path = out or Path(f"{kind}.xlsx")
    if path.exists() and not overwrite:
        raise click.UsageError(screen.text("import.exists", path=path))
    try:
        write_template(kind, path)
    except OSError as error:
        raise click.UsageError(screen.text("import.cannot_write", path=path, cause=error.strerror)) from error
    screen.show({"kind": kind, "path": str(path)})
    screen.say("import.template_written", path=path, style="green")


@importing.command("file", cls=SpokenCommand, help="help.import.file")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@option("--dry-run", is_flag=True, help="help.import.dry_run")
@shared_options
@click.pass_context
def file(context: click.Context, screen: Screen, path: Path, dry_run: bool) -> None:
    parsed = _read(context, screen, path)
    with services_for(screen) as services:
        answer = _hand_in(context, screen, services, parsed, dry_run)
        if dry_run:
            _report_right(screen, parsed)
            return
        screen.advise("import.known" if answer["known"] else "import.stored", id=answer["id"])
        done = _followed(screen, services, parsed.kind, answer)
        rows = list(services.items(parsed.kind, f"{_PATH}/{done['id']}/results", limit=LARGEST_PAGE))
    _report(screen, parsed, done, rows)
    if done["state"] != "done" or done["counts"].get("refused"):
        context.exit(FAILED)


def _read(context: click.Context, screen: Screen, path: Path) -> Parsed:
    try:
        with _bar(screen, "import.reading") as bar:
            task = bar.add_task(screen.text("import.reading"), total=None)
            parsed = parse(path, lambda sheet, rows: bar.advance(task, rows))
    except UnusableFile as unusable:
        _refuse(context, screen, unusable.findings)
    except OSError as error:
        raise click.UsageError(screen.text("import.cannot_read", path=path, cause=error.strerror)) from error
    if parsed.findings:
        _refuse(context, screen, parsed.findings)
    return parsed


def _hand_in(
    context: click.Context, screen: Screen, services: Services, parsed: Parsed, dry_run: bool
) -> dict[str, Any]:
    """The stored import. What the service objects to is said by row and column, like the rest."""
    try:
        query = {"check": "true" if dry_run else None}
        response = services.call(parsed.kind, "POST", _PATH, query=query, body=parsed.request())
    except ServiceRefused as refused:
        findings = [_placed(parsed, error) for error in refused.problem.get("errors") or ()]
        if refused.status != 422 or not findings:
            raise
        _refuse(context, screen, findings)
    return {} if dry_run else dict(response.json())


def _placed(parsed: Parsed, error: dict[str, Any]) -> Finding:
    found = parsed.place(str(error.get("field"))) or Finding("refused")
    message = str(error.get("message") or error.get("code"))
    return Finding(found.key, found.sheet, found.row, found.column, found.heading, {"message": message})


def _refuse(context: click.Context, screen: Screen, findings: Sequence[Finding]) -> None:
    """Says what is wrong, in the order of the file, and ends."""
    shown = findings[:MOST_SHOWN]
    lines = [finding.text(screen.language) for finding in shown]
    if len(findings) > len(shown):
        lines.append(screen.text("import.more", count=len(findings) - len(shown)))
    screen.show({"findings": [finding.to_dict() for finding in findings]} if screen.as_json else None)
    screen.complain("import.wrong", lines, count=len(findings))
    context.exit(FAILED)


def _followed(screen: Screen, services: Services, service: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The import once it is done, or as far as it is when patience ends."""
    deadline = time.monotonic() + LOOK_FOR
    with _bar(screen, "import.applying") as bar:
        task = bar.add_task(screen.text("import.applying"), total=answer["total"])
        while answer["state"] != "done" and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY)
            answer = services.get(service, f"{_PATH}/{answer['id']}")
            bar.update(task, completed=answer["done"])
    return answer


def _report_right(screen: Screen, parsed: Parsed) -> None:
    counts = {form.name: len(parsed.records[form.name]) for form in FORMS[parsed.kind]}
    screen.show({"findings": [], "rows": counts} if screen.as_json else None)
    parts = (
        screen.text("import.count", what=screen.text(f"import.sheet.{name}"), count=count)
        for name, count in counts.items()
    )
    screen.say("import.right", counts=" · ".join(parts), style="green")


def _report(screen: Screen, parsed: Parsed, done: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
    screen.show({**done, "results": rows} if screen.as_json else None)
    for line in _worth_saying(screen, parsed, rows):
        screen.advise("import.row", **line)
    counts = Counter(row["what"] for row in rows)
    parts = (screen.text(f"import.summary.{what}", count=counts[what]) for what in WHAT if counts[what])
    said = " · ".join(parts)
    if done["state"] == "done":
        screen.say("import.done", total=done["total"], counts=said, style="green")
    else:
        screen.advise("import.unfinished", done=done["done"], total=done["total"], style="yellow")


def _worth_saying(screen: Screen, parsed: Parsed, rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every row that did not simply become something new."""
    for row in rows:
        if row["what"] != "created":
            what = screen.text(f"import.what.{row['what']}", code=row["problem"])
            yield {"sheet": parsed.titles[row["sheet"]], "row": row["row"], "what": what}


def _bar(screen: Screen, key: str) -> Progress:
    """On standard error; without a terminal, nothing."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=screen.err, disable=not screen.err.is_terminal)
