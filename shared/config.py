"""The environment, read in one place into one frozen value."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from environs import Env, EnvError
from marshmallow import validate

from shared.errors import Misconfigured
from shared.messaging.topology import SERVICES

SHORTEST_SECRET = 32  # characters
ALWAYS_REQUIRED = ("AMQP_URI", "MONGO_URI", "PRASAN_SECRET_KEY")
MAIL_MODES = ("hold", "redirect", "send")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
WORKERS = 64  # greenlets of one process that may run service methods at once
_ADVICE = {
    "AMQP_URI": "set it to this service's own RabbitMQ user, as amqp://projects:…@broker:5672//",
    "MONGO_URI": "set it to this service's own database, as mongodb://…@database:27017/projects",
    "PRASAN_SECRET_KEY": "`make up` and `make run` write one; or: python -c 'import secrets; "
    "print(secrets.token_urlsafe(48))'",
    "PRASAN_FINGERPRINT_KEY": "set it to the first PRASAN_SECRET_KEY that this installation had; under "
    "another, suppressed addresses would be written to again",
    **{
        f"PRASAN_MONGO_URI_{service.upper()}": f"set it to what {service} has as its own MONGO_URI"
        for service in SERVICES
    },
}


@dataclass(frozen=True, repr=False)
class Settings:
    """Every setting of every process; each process uses those that concern it.

    Field names are the variables' names in lower case.
    """

    amqp_uri: str = ""
    mongo_uri: str = ""
    http_address: str = ""
    prasan_secret_key: str = ""
    prasan_secret_key_previous: str = ""
    prasan_previous_tokens: bool = True
    prasan_fingerprint_key: str = ""
    public_url: str = ""
    log_level: str = "INFO"
    smtp_url: str = "smtp://127.0.0.1:25"
    smtp_confirm_seconds: int = 600
    mail_from: str = ""
    mail_from_name: str = "จังหวัดลำพูน (ประสาน)"
    mail_mode: str = "hold"
    mail_redirect_to: str = ""
    mail_links: bool = False
    mail_lanes: int = 4
    mail_per_minute: int = 0
    mail_per_domain_per_minute: int = 0
    mail_daily_cap: int = 20_000
    dkim_domain: str = ""
    dkim_selector: str = ""
    dkim_key_file: str = ""
    imap_url: str = ""
    lmtp_address: str = ""
    contact_retention_days: int = 365
    hold_seconds: int = 120
    reminders_at: str = "08:30"
    lease_seconds: int = 60
    prasan_failpoints: str = ""
    projects_url: str = "http://127.0.0.1:8001"
    partners_url: str = "http://127.0.0.1:8002"
    notifications_url: str = "http://127.0.0.1:8003"
    prasan_mongo_uri_projects: str = ""
    prasan_mongo_uri_partners: str = ""
    prasan_mongo_uri_notifications: str = ""

    @classmethod
    def from_environment(
        cls, env: Mapping[str, str] | None = None, *, required: Collection[str] = ALWAYS_REQUIRED
    ) -> Settings:
        """The settings in `env`, or in the process's own environment; each may also stand in a file that
        its name with `_FILE` gives.

        `required` names the variables that must not be empty; the CLI needs fewer than a service.
        Raises Misconfigured, naming the variable and what to do.
        """
        names = tuple(field.name.upper() for field in fields(cls))
        given = _GivenEnv(_with_files(os.environ if env is None else env, names))
        settings = cls(**{field.name: _value(given, field.name, field.default) for field in fields(cls)})
        _refuse_missing(settings, required)
        _refuse_contradictions(settings)
        return settings

    @property
    def previous_secrets(self) -> tuple[str, ...]:
        """Other keys under which things were made, or soon will be: they open and verify only."""
        return tuple(key.strip() for key in self.prasan_secret_key_previous.split(",") if key.strip())

    def nameko_config(self, service: str) -> dict[str, Any]:
        """What nameko's container is given; `settings_of` finds these settings in it again."""
        return {
            "AMQP_URI": self.amqp_uri,
            "MONGO_URI": self.mongo_uri,
            "PRASAN_SECRET_KEY": self.prasan_secret_key,
            "PREVIOUS_TOKEN_SECRETS": self.previous_secrets if self.prasan_previous_tokens else (),
            "WEB_SERVER_ADDRESS": self.http_address or default_address(service),
            "max_workers": WORKERS,
            "SETTINGS": self,
        }

    def __repr__(self) -> str:
        return "Settings(…)"  # holds secrets: never in a log or a traceback


def settings_of(config: Mapping[str, Any]) -> Settings:
    """The settings that `nameko_config` put into a container's configuration."""
    settings = config["SETTINGS"]
    assert isinstance(settings, Settings)
    return settings


def default_address(service: str) -> str:
    """127.0.0.1:8001 for projects, 8002 for partners, 8003 for notifications; any port for others."""
    return f"127.0.0.1:{8001 + SERVICES.index(service) if service in SERVICES else 0}"


_CHOICES = {"mail_mode": MAIL_MODES, "log_level": LOG_LEVELS}
_SMALLEST = {"mail_lanes": 1, "lease_seconds": 5, "smtp_confirm_seconds": 1}


def _with_files(given: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    """The environment with what stands in files: a secret in a file shows in no list of variables.

    Raises Misconfigured for a file that cannot be read, and where a setting is given both ways.
    """
    read = dict(given)
    for name in names:
        file = given.get(f"{name}_FILE", "").strip()
        if not file or f"{name}_FILE" in names:
            continue
        if given.get(name, "").strip():
            raise Misconfigured(f"{name} and {name}_FILE are both set: give one of them")
        try:
            read[name] = Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise Misconfigured(f"{name}_FILE cannot be read: it takes a file with the value in it") from None
    return read


class _GivenEnv(Env):
    """environs over a mapping that is passed in, so that a test owns its environment."""

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__()
        # An empty variable is what docker-compose passes for one that is not set.
        self._environ = {name: value.strip() for name, value in given.items() if value.strip()}

    def _get_value(self, env_key: str, default: Any) -> Any:
        return self._environ.get(env_key, default)


def _value(env: Env, field_name: str, default: Any) -> Any:
    name = field_name.upper()
    try:
        if isinstance(default, bool):
            return env.bool(name, default)
        if isinstance(default, int):
            return env.int(name, default, validate=validate.Range(min=_SMALLEST.get(field_name, 0)))
        choices = _CHOICES.get(field_name)
        return env.str(name, default, validate=validate.OneOf(choices) if choices else None)
    except EnvError:
        # without its cause, which quotes the value: it may be a secret
        raise Misconfigured(f"{name} cannot be read: it takes {_expectation(field_name, default)}") from None


def _expectation(field_name: str, default: Any) -> str:
    if isinstance(default, bool):
        return "on or off"
    if isinstance(default, int):
        return f"a whole number from {_SMALLEST.get(field_name, 0)}"
    return f"one of {', '.join(_CHOICES.get(field_name, ()))}"


def _refuse_missing(settings: Settings, required: Collection[str]) -> None:
    for name in required:
        if not getattr(settings, name.lower()):
            raise Misconfigured(f"{name} is not set: {_ADVICE.get(name, 'give it a value')}")


def _refuse_contradictions(settings: Settings) -> None:
    """The rules that join two settings, or a setting and its form."""
    dkim = (settings.dkim_domain, settings.dkim_selector, settings.dkim_key_file)
    rules = (
        (
            0 < len(settings.prasan_secret_key) < SHORTEST_SECRET,
            f"PRASAN_SECRET_KEY is too short: at least {SHORTEST_SECRET} characters. "
            + _ADVICE["PRASAN_SECRET_KEY"],
        ),
        (
            any(len(key) < SHORTEST_SECRET for key in settings.previous_secrets),
            f"PRASAN_SECRET_KEY_PREVIOUS cannot be read: it takes keys of at least {SHORTEST_SECRET} "
            "characters, with commas between them",
        ),
        (
            bool(settings.previous_secrets) and not settings.prasan_fingerprint_key,
            f"PRASAN_FINGERPRINT_KEY is not set: {_ADVICE['PRASAN_FINGERPRINT_KEY']}",
        ),
        (
            0 < len(settings.prasan_fingerprint_key) < SHORTEST_SECRET,
            f"PRASAN_FINGERPRINT_KEY is too short: {_ADVICE['PRASAN_FINGERPRINT_KEY']}",
        ),
        (
            bool(settings.http_address) and not re.fullmatch(r"[^\s:]+:\d{1,5}", settings.http_address),
            "HTTP_ADDRESS cannot be read: it takes host:port, as 127.0.0.1:8001",
        ),
        (
            not re.match(r"smtps?://|smtp\+starttls://", settings.smtp_url),
            "SMTP_URL cannot be read: it takes smtp://, smtps:// or smtp+starttls://user:password@host:port",
        ),
        (
            not re.fullmatch(r"(0\d|1[0-5]):[0-5]\d", settings.reminders_at),
            "REMINDERS_AT cannot be read: it takes an hour before offices close at 16:30, as 08:30",
        ),
        (
            bool(settings.imap_url) and not re.match(r"imaps?://|imap\+starttls://", settings.imap_url),
            "IMAP_URL cannot be read: it takes imaps://, imap+starttls:// or imap://user:password@host/INBOX",
        ),
        (
            bool(settings.lmtp_address) and not re.fullmatch(r"[^\s:]+:\d{1,5}", settings.lmtp_address),
            "LMTP_ADDRESS cannot be read: it takes host:port, as 127.0.0.1:8024",
        ),
        (
            settings.mail_mode == "redirect" and not settings.mail_redirect_to,
            "MAIL_REDIRECT_TO is not set: MAIL_MODE=redirect sends every mail to that one address",
        ),
        (
            settings.mail_mode != "hold" and not settings.mail_from,
            "MAIL_FROM is not set: nothing can be sent without a sender",
        ),
        (
            any(dkim) and not all(dkim),
            "DKIM needs all three: DKIM_DOMAIN, DKIM_SELECTOR and DKIM_KEY_FILE",
        ),
    )
    for broken, advice in rules:
        if broken:
            raise Misconfigured(advice)


def main() -> None:
    """`python -m shared.config` says what is wrong with the environment, or nothing."""
    try:
        Settings.from_environment()
    except Misconfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
