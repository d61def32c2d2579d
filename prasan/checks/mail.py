"""Does the mail server let us in? Connects, EHLO, STARTTLS and AUTH as SMTP_URL says; sends nothing."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import SplitResult, unquote, urlsplit

from prasan.checks import Finding, failed, found
from shared.config import Settings

_SECONDS = 10
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


def check_mail(settings: Settings) -> Iterator[Finding]:
    """What the server offers, and what goes out; while mail is held there may be no server yet."""
    if settings.mail_mode != "hold" or settings.smtp_url != Settings.smtp_url:
        yield from _server(settings)
    if settings.mail_mode == "hold":
        yield found("mail", "mail.hold")
    else:
        yield found("mail", f"mail.{settings.mail_mode}", cap=settings.mail_daily_cap)


def _server(settings: Settings) -> Iterator[Finding]:
    url = urlsplit(settings.smtp_url)
    host = f"{url.hostname}:{url.port or _PORTS[url.scheme]}"
    try:
        server = _connected(url)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        yield failed("mail", "mail.silent", host=host, cause=type(error).__name__)
        return
    try:
        yield from _introduced(server, url, host)
    except smtplib.SMTPAuthenticationError as error:
        yield failed("mail", "mail.refused", host=host, code=error.smtp_code)
    except smtplib.SMTPNotSupportedError as error:
        yield failed("mail", "mail.lacking", host=host, cause=str(error))
    except (smtplib.SMTPException, OSError) as error:
        yield failed("mail", "mail.silent", host=host, cause=type(error).__name__)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()


def _connected(url: SplitResult) -> smtplib.SMTP:
    host, port = url.hostname or "", url.port or _PORTS[url.scheme]
    if url.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=_SECONDS)


def _introduced(server: smtplib.SMTP, url: SplitResult, host: str) -> Iterator[Finding]:
    server.ehlo_or_helo_if_needed()
    if url.scheme == "smtp+starttls":
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    if url.username:
        server.login(unquote(url.username), unquote(url.password or ""))
    offers = [name for name in ("PIPELINING", "STARTTLS", "SIZE", "8BITMIME") if server.has_extn(name)]
    yield found("mail", "mail", host=host, offers=" ".join(offers) or "-", scheme=url.scheme)
