"""How every command looks: `--json`, `--lang`, help in Thai or English, errors that say what to do.

Exit codes: 0 done · 1 a check failed or a service refused · 2 wrong usage · 3 something does not
answer · 4 a setting is missing or wrong · 130 interrupted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from prasan.screen import Screen, catalogue
from prasan.services import ServiceRefused, Services, ServiceSilent, ServiceStrange
from shared.config import Settings
from shared.errors import DependencyDown, Misconfigured, NewerSchema, PrasanError
from shared.i18n import DEFAULT_LANGUAGE, LANGUAGES

DONE, FAILED, WRONG_USAGE, SILENT, MISCONFIGURED, INTERRUPTED = 0, 1, 2, 3, 4, 130
LANGUAGE_VARIABLE = "PRASAN_LANG"
_LANGUAGE: dict[str, Any] = {
    "type": click.Choice(LANGUAGES),
    "expose_value": False,  # decided before anything else, by `_language_asked`
    "envvar": LANGUAGE_VARIABLE,
    "help": "help.lang",
}


def _spoken(key: str | None, context: click.Context | None) -> str:
    """The help text that `key` names, in the language of the call."""
    screen = context.find_root().obj if context else None
    language = screen.language if isinstance(screen, Screen) else DEFAULT_LANGUAGE
    return catalogue().text(language, key or "")


class CannotBeDone(PrasanError):
    """A command refuses: `key` names the sentence that says why and what to do, `params` fill it, and
    `detail` is for whoever looks closer."""

    def __init__(self, key: str, detail: str = "", **params: Any) -> None:
        self.key, self.detail, self.params = key, detail, params
        super().__init__(f"{key} {params} {detail}".strip())


class SpokenOption(click.Option):
    """An option whose help is a key of the catalogue."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        written = self.help
        self.help = _spoken(written, ctx)
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = written


class SpokenCommand(click.Command):
    """A command whose help is a key of the catalogue."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_spoken(self.help, ctx))

    def get_short_help_str(self, limit: int = 45) -> str:
        return _spoken(self.help, click.get_current_context(silent=True)).partition("\n")[0]


class SpokenGroup(SpokenCommand, click.Group):
    """Commands that belong together; `--lang` is understood here as well."""

    command_class = SpokenCommand

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        if all(parameter.name != "lang" for parameter in self.params):
            self.params.append(SpokenOption(["--lang"], **_LANGUAGE))


class Prasan(SpokenGroup):
    """The root: it decides the language first and turns every expected error into advice."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        extra.setdefault("obj", Screen(_language_asked(args, os.environ)))
        return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        screen: Screen = ctx.obj
        try:
            return super().invoke(ctx)
        except PrasanError as error:
            _explain(screen, error)
            ctx.exit(_exit_code(error))
        except KeyboardInterrupt:
            screen.complain("error.interrupted")
            ctx.exit(INTERRUPTED)


def shared_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--json` and `--lang`, which every command has, and passes the Screen."""
    as_json = option(
        "--json", "as_json", is_flag=True, expose_value=False, callback=_as_json, help="help.json"
    )
    return as_json(option("--lang", **_LANGUAGE)(click.pass_obj(command)))


def option(*names: str, **attributes: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option whose help is a catalogue key."""
    return click.option(*names, cls=SpokenOption, **attributes)


def settings_for_calls() -> Settings:
    """What a command needs to speak to the services. Raises Misconfigured."""
    return Settings.from_environment(required=("PRASAN_SECRET_KEY",))


def services_for(screen: Screen, *, subject: str = "prasan-cli") -> Services:
    """The three services, signed as the operator, in the screen's language. Raises Misconfigured."""
    return Services(settings_for_calls(), language=screen.language, subject=subject)


def _as_json(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        context.find_root().obj.as_json = True


def _language_asked(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """From `--lang en` or `--lang=en`, else PRASAN_LANG, else Thai; click itself refuses others later."""
    asked = environment.get(LANGUAGE_VARIABLE, DEFAULT_LANGUAGE)
    for position, argument in enumerate(arguments):
        if argument == "--lang" and position + 1 < len(arguments):
            asked = arguments[position + 1]
        elif argument.startswith("--lang="):
            asked = argument.partition("=")[2]
    return asked if asked in LANGUAGES else DEFAULT_LANGUAGE


def _exit_code(error: PrasanError) -> int:
    codes = ((Misconfigured, MISCONFIGURED), (ServiceSilent, SILENT), (DependencyDown, SILENT))
    return next((code for kind, code in codes if isinstance(error, kind)), FAILED)


def _explain(screen: Screen, error: PrasanError) -> None:
    """The error as a person reads it: what is wrong, then what to do."""
    if isinstance(error, ServiceSilent):
        variable = f"{error.service.upper()}_URL"
        screen.complain("error.silent", service=error.service, url=error.url, variable=variable)
    elif isinstance(error, ServiceStrange):
        variable = f"{error.service.upper()}_URL"
        screen.complain("error.strange", service=error.service, url=error.url, variable=variable)
    elif isinstance(error, ServiceRefused):
        title = str(error.problem.get("title") or error.status)
        detail = str(error.problem.get("detail") or "")
        screen.complain(
            "error.refused",
            [line for line in (detail, *error.fields) if line],
            service=error.service,
            title=title,
        )
        if error.status in (401, 403):
            screen.advise("error.refused.token")
    elif isinstance(error, Misconfigured):
        screen.complain("error.misconfigured", [str(error)])
    elif isinstance(error, CannotBeDone):
        screen.complain(error.key, [error.detail] if error.detail else [], **error.params)
    elif isinstance(error, NewerSchema):
        screen.complain("error.newer_schema", database=error.database, found=error.found, known=error.known)
    elif isinstance(error, DependencyDown):
        screen.complain("error.dependency", [error.cause], dependency=error.dependency)
    else:
        screen.complain("error.other", [str(error)])
