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
from collections.abc import Sequence
from typing import Any

import eventlet
import eventlet.debug
import structlog
from nameko.containers import WorkerContext
from nameko.runners import ServiceRunner
from pymongo.errors import OperationFailure

from shared.config import Settings
from shared.errors import Misconfigured, NewerSchema
from shared.http.endpoint import Endpoint
from shared.logging import configure_logging
from shared.messaging.consumer import Consume
from shared.migrations import Migration, prepare
from shared.names import forget_names

log = structlog.get_logger(__name__)

_REFUSED = "the database refuses to work (code {code}, {name}): is its disk full, has this user its rights?"


def run(
    service_class: type[Any], settings: Settings, migrations: Sequence[Migration] = (), **options: Any
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is at work; a second signal ends at once.

    `migrations` are made before anything is served. `options` add to nameko's configuration: `prefetch` and
    `patience` (shared.messaging.consumer).
    """
    configure_logging(settings.log_level, service_class.name)
    forget_names()
    logging.getLogger("nameko.containers").addFilter(_told_elsewhere)
    try:
        _serve(service_class, settings, migrations, options)
    except OperationFailure as error:
        # Not one that waiting mends: mongod itself ends when it cannot write. Whoever watches over this
        # process starts it again, and what was under way is in the database or the broker.
        sys.exit(f"{service_class.name}: {_REFUSED.format(code=error.code, name=_name_of(error))}")


def _serve(
    service_class: type[Any], settings: Settings, migrations: Sequence[Migration], options: dict[str, Any]
) -> None:
    if migrations:
        _prepare(service_class.name, settings, migrations)
    runner = ServiceRunner({**settings.nameko_config(service_class.name), **options})
    runner.add_service(service_class)
    eventlet.debug.hub_exceptions(False)  # what a start meets is raised here: one line, no tracebacks
    try:
        runner.start()
    except Misconfigured as error:
        sys.exit(f"{service_class.name}: {error}")
    eventlet.debug.hub_exceptions(True)
    _stop_on_signals(runner)
    log.info("started", pid=os.getpid())
    runner.wait()
    log.info("stopped")


def _name_of(error: OperationFailure) -> str:
    return str((error.details or {}).get("codeName", "without a name"))


def _prepare(service: str, settings: Settings, migrations: Sequence[Migration]) -> None:
    try:
        prepare(settings.mongo_uri, service, migrations)
    except NewerSchema as error:
        sys.exit(f"{service}: {error}")


def _told_elsewhere(record: logging.LogRecord) -> bool:
    """Nameko logs every exception of a handler with its text and traceback. The consumer says by itself
    what it waits for or keeps as a dead letter, an endpoint what it did not expect, and never the values."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    return not any(
        isinstance(a, WorkerContext) and isinstance(a.entrypoint, Consume | Endpoint) for a in arguments
    )


def _stop_on_signals(runner: ServiceRunner) -> None:
    def stop(signal_number: int, frame: Any) -> None:
        signal.signal(signal_number, signal.SIG_DFL)
        eventlet.spawn_n(runner.stop)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
