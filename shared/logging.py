"""Logs: one JSON object a line, from our code and the libraries', with addresses and secrets taken out."""

from __future__ import annotations

import logging
import re
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"

_SECRET_NAMES = re.compile(r"(?i)(secret|password|passwd|token$|authorization|api_?key|private|sealed)")
_PATTERNS = (
    # scheme://user:password@host, before addresses, since it holds an @ as well
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@]+(@)", re.IGNORECASE), rf"\1{REDACTED}\2"),
    (re.compile(r"(?<![\w:/])[^\s@<>\"'(),:;=\[\]{}]+@[^\s@<>\"'(),:;=\[\]{}/]+\.[^\W\d_]{2,}"), REDACTED),
    (re.compile(r"\b(?i:bearer)\s+[^\s\"',]+"), f"Bearer {REDACTED}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), REDACTED),  # a JWT
    (re.compile(r"\bgAAAA[\w-]{60,}={0,2}"), REDACTED),  # what shared.sealing sealed
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*-----|$)", re.DOTALL), REDACTED),
)
_QUIET = {
    # Each of these says every failure of a handler in its own words, values included. Ours says it once.
    "nameko.containers": logging.CRITICAL,
    "amqp": logging.WARNING,
    "kombu": logging.WARNING,
    "pymongo": logging.WARNING,
}


def configure_logging(level: str, service: str, stream: TextIO | None = None) -> None:
    """Sends everything to `stream`, standard output unless given, as JSON lines that name the service."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("message", "_event"),
        redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(_formatter(shared))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(quiet)


def redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A structlog processor: no value that looks like an address or a secret leaves the process."""
    return {name: _clean_member(name, value) for name, value in event.items()}


def redacted(text: str) -> str:
    """The text without email addresses, tokens, sealed people, keys, and passwords within URIs."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _formatter(shared: list[Processor]) -> structlog.stdlib.ProcessorFormatter:
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _clean_member(name: object, value: object) -> object:
    if isinstance(name, str) and _SECRET_NAMES.search(name) and isinstance(value, str | bytes):
        return REDACTED
    return _clean(value)


def _clean(value: object) -> object:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, dict):
        return {redacted(str(name)): _clean_member(name, inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner) for inner in value]
    return value if _is_of_structlog(value) else redacted(str(value))


def _is_of_structlog(value: object) -> bool:
    return isinstance(value, logging.LogRecord)
