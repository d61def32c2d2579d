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
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s\"'<>]+@", re.IGNORECASE), rf"\1{REDACTED}@"),
    (re.compile(r"(?<![\w:/])[^\s@<>\"'(),:;=\[\]{}]+@[^\s@<>\"'(),:;=\[\]{}/]+\.[^\W\d_]{2,}"), REDACTED),
    (re.compile(r"\b(?i:bearer)\s+[^\s\"',]+"), f"Bearer {REDACTED}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), REDACTED),  # a JWT
    (re.compile(r"\bgAAAA[\w-]{60,}={0,2}"), REDACTED),  # what shared.sealing sealed
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*-----|$)", re.DOTALL), REDACTED),
)
_QUIET = ("amqp", "kombu", "pymongo", "httpx", "httpcore")  # they tell of every frame and command


def configure_logging(level: str, service: str, stream: TextIO | None = None) -> None:
    """Sends everything to `stream`, standard output unless given, as JSON lines that name the service."""
    shared: list[Processor] = [
        _named(service),  # not a context variable: each greenlet has a context of its own
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
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(_formatter(shared))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A structlog processor: no value that looks like an address or a secret leaves the process."""
    return {name: _clean_member(name, value) for name, value in event.items()}


def redacted(text: str) -> str:
    """The text without email addresses, tokens, sealed people, keys, and passwords within URIs."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _named(service: str) -> Processor:
    def name(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return name


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
    # structlog hands a foreign record through until its formatter takes it out again
    return value if isinstance(value, logging.LogRecord) else redacted(str(value))
