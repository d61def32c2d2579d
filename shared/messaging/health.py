"""What /readyz asks about messaging. Each probe returns nothing, or raises DependencyDown with the cause."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from shared.errors import DependencyDown
from shared.messaging.connection import BROKER_ERRORS, close_politely, open_connection, throw_away
from shared.messaging.consumer import Reading
from shared.messaging.relay import OutboxRelay
from shared.messaging.topology import dead_queue, events_exchange, queues_of

ANSWER_WITHIN = 2.0  # seconds
RELAY_SILENT_FOR = 60.0  # seconds; longer than any publish may take
KEPT_FOR = 5.0  # seconds that an answer of the broker is believed

Probe = Callable[[], None]


def probes(container: Any) -> Mapping[str, Probe]:
    """The probes that fit what this service uses, by name."""
    broker = _BrokerProbe(container)
    found: dict[str, Probe] = {"broker": broker.answers, "queues": broker.has_queues}
    if _extensions(container, OutboxRelay):
        found["relay"] = lambda: relay_alive(container)
    if _extensions(container, Reading):
        found["consumers"] = lambda: consumers_connected(container)
    return found


def relay_alive(container: Any) -> None:
    """Every relay went round lately; one that waits for the broker is alive."""
    for relay in _extensions(container, OutboxRelay):
        silent = relay.seconds_since_alive()
        if silent > RELAY_SILENT_FOR:
            raise DependencyDown("relay", f"silent for {silent:.0f} seconds")


def consumers_connected(container: Any) -> None:
    """Each queue's consumer has its connection."""
    for reading in _extensions(container, Reading):
        if reading.reader is None or not reading.reader.connected:
            raise DependencyDown("consumers", f"{reading.queue} is not being read")


class _BrokerProbe:
    """Looks at the broker at most every few seconds, however often it is asked."""

    def __init__(self, container: Any) -> None:
        self._uri = container.config["AMQP_URI"]
        self._service = container.service_name
        self._asked_at = float("-inf")
        self._broker: str | None = None
        self._missing: str | None = None

    def answers(self) -> None:
        """The broker takes our connection."""
        self._look()
        if self._broker:
            raise DependencyDown("broker", self._broker)

    def has_queues(self) -> None:
        """The exchange we publish to and each queue that we expect to read exist."""
        self.answers()
        if self._missing:
            raise DependencyDown("queues", self._missing)

    def _look(self) -> None:
        if time.monotonic() - self._asked_at < KEPT_FOR:
            return
        self._broker, self._missing = _look_at_broker(self._uri, self._service)
        self._asked_at = time.monotonic()


def _look_at_broker(uri: str, service: str) -> tuple[str | None, str | None]:
    """(why the broker cannot be used or None, what is missing in it or None)"""
    try:
        connection = open_connection(uri, f"probe {service}", timeout=ANSWER_WITHIN)
    except BROKER_ERRORS as error:
        return f"{type(error).__name__}: {error}", None
    try:
        channel = connection.channel()
        channel.exchange_declare(events_exchange(service), type="topic", passive=True)
        for name in (*(queue.name for queue in queues_of(service)), dead_queue(service)):
            channel.queue_declare(name, passive=True)
    except BROKER_ERRORS as error:
        throw_away(connection)
        return None, f"{type(error).__name__}: {error}"
    close_politely(connection)
    return None, None


def _extensions(container: Any, kind: type) -> list[Any]:
    return [extension for extension in container.extensions if isinstance(extension, kind)]
