"""Runs one service until it is told to stop: logging, nameko's runner, and the signals.

A service's `__main__` monkey-patches before it imports anything else:

    import eventlet
    eventlet.monkey_patch()
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import Any

import eventlet
import structlog
from nameko.containers import WorkerContext
from nameko.runners import ServiceRunner

from shared.config import Settings
from shared.errors import Misconfigured
from shared.messaging.consumer import Consume

log = structlog.get_logger(__name__)


def run(service_class: type[Any], settings: Settings, **options: Any) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is at work; a second signal ends at once.

    `options` add to nameko's configuration: `prefetch` and `patience` (shared.messaging.consumer).
    """
    configure_logging(settings.log_level, service_class.name)
    runner = ServiceRunner({**settings.nameko_config(service_class.name), **options})
    runner.add_service(service_class)
    try:
        runner.start()
    except Misconfigured as error:
        sys.exit(f"{service_class.name}: {error}")
    _stop_on_signals(runner)
    log.info("started", pid=os.getpid())
    runner.wait()
    log.info("stopped")


def configure_logging(level: str, service: str) -> None:
    """One JSON object a line on standard output, for our own records and for the libraries'."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.EventRenamer("message", "_event"),
        structlog.processors.format_exc_info,
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
    handler = logging.StreamHandler(sys.stdout)
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("nameko.containers").addFilter(_told_elsewhere)
    logging.getLogger("amqp").setLevel(logging.WARNING)
    logging.getLogger("pymongo").setLevel(logging.WARNING)


def _told_elsewhere(record: logging.LogRecord) -> bool:
    """Nameko logs every exception of a handler with its text and traceback. The consumer says by itself
    what it waits for or keeps as a dead letter, and never the values that were handled."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    return not any(isinstance(a, WorkerContext) and isinstance(a.entrypoint, Consume) for a in arguments)


def _stop_on_signals(runner: ServiceRunner) -> None:
    def stop(signal_number: int, frame: Any) -> None:
        signal.signal(signal_number, signal.SIG_DFL)
        eventlet.spawn_n(runner.stop)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
