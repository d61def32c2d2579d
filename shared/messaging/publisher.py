"""Publishing that is true when it returns: persistent, mandatory, each message confirmed by its tag."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import amqp
import structlog
from amqp import spec

from shared.contracts.envelope import CONTENT_TYPE, Event
from shared.errors import DependencyDown, Unroutable
from shared.messaging import metrics
from shared.messaging.connection import BROKER_ERRORS, close_politely, open_connection, throw_away

CONFIRM_TIMEOUT = 10.0  # seconds for one window
WINDOW_MESSAGES = 200  # unconfirmed at once
WINDOW_BYTES = 2 * 1024 * 1024
_PERSISTENT = 2

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Outgoing:
    """A message on its way to an exchange. `message_id` names it when the broker returns it."""

    routing_key: str
    body: bytes
    message_id: str
    headers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def short_id(self) -> str:
        """What fits into AMQP's short string of 255 bytes."""
        return self.message_id.encode()[:255].decode(errors="ignore")

    def to_amqp(self) -> amqp.Message:
        return amqp.Message(
            self.body,
            content_type=CONTENT_TYPE,
            delivery_mode=_PERSISTENT,
            message_id=self.short_id,
            application_headers=dict(self.headers),
        )


class ConfirmedChannel:
    """One connection in confirm mode. After any exception it must be thrown away.

    py-amqp's own `basic_publish_confirm` takes the next ack for its own, whichever message that ack is
    for; so the delivery tags are counted here.
    """

    def __init__(self, amqp_uri: str, exchange: str, timeout: float) -> None:
        self._exchange = exchange
        self._timeout = timeout
        self._blocked = ""
        self._last_tag = 0
        self._unconfirmed: dict[int, str] = {}
        self._returned: set[str] = set()
        self._connection = open_connection(
            amqp_uri, f"publisher {exchange}", timeout=timeout, on_blocked=self._on_blocked
        )
        try:
            self._channel = self._open_channel()
        except BaseException:
            self.throw_away()
            raise

    def send(self, messages: Sequence[Outgoing]) -> frozenset[str]:
        """Publish all, wait for every confirm, and return the ids of those that no queue took.

        Raises BROKER_ERRORS or DependencyDown: then nothing is known of any of them.
        """
        self._returned.clear()
        for message in messages:
            self._put(message)
        deadline = time.monotonic() + self._timeout
        while self._unconfirmed:
            self._wait(deadline)
        return frozenset(m.message_id for m in messages if m.short_id in self._returned)

    def throw_away(self) -> None:
        throw_away(self._connection)

    def close(self) -> None:
        close_politely(self._connection)

    def _open_channel(self) -> amqp.Channel:
        channel = self._connection.channel()
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)
        return channel

    def _put(self, message: Outgoing) -> None:
        # Not `basic_publish`: before each message it polls the socket with a zero timeout, and a frame
        # that has arrived by half is lost to such a poll.
        arguments = (0, self._exchange, message.routing_key, True, False)
        self._channel.send_method(spec.Basic.Publish, "Bssbb", arguments, message.to_amqp())
        self._last_tag += 1
        self._unconfirmed[self._last_tag] = message.message_id

    def _wait(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise DependencyDown("broker", f"{len(self._unconfirmed)} publishes not confirmed in time")
        self._connection.drain_events(timeout=left)
        if self._blocked:
            raise DependencyDown("broker", self._blocked)

    def _on_ack(self, delivery_tag: int, multiple: bool) -> None:
        if delivery_tag > self._last_tag:
            raise DependencyDown("broker", f"confirmed a publish that never was: {delivery_tag}")
        confirmed = [tag for tag in self._unconfirmed if tag <= delivery_tag] if multiple else [delivery_tag]
        for tag in confirmed:
            self._unconfirmed.pop(tag, None)

    def _on_nack(self, delivery_tag: int, multiple: bool) -> None:
        raise DependencyDown("broker", "refused a message (nack)")

    def _on_return(self, error: Exception, exchange: str, routing_key: str, message: amqp.Message) -> None:
        self._returned.add(message.properties["message_id"])

    def _on_blocked(self, reason: str) -> None:
        self._blocked = f"is in alarm and takes no messages: {reason}"


class Publisher:
    """Publishes to one exchange, over one connection that is made when first needed."""

    def __init__(self, amqp_uri: str, exchange: str, confirm_timeout: float = CONFIRM_TIMEOUT) -> None:
        self._uri = amqp_uri
        self._exchange = exchange
        self._timeout = confirm_timeout
        self._lock = threading.Lock()
        self._channel: ConfirmedChannel | None = None

    def publish(self, event: Event) -> None:
        """Raises Unroutable, or DependencyDown when the event may or may not have been taken."""
        self.publish_all([event])

    def publish_all(self, events: Iterable[Event]) -> None:
        """Publish in this order. Raises Unroutable naming those that no queue took, after all others
        were confirmed; or DependencyDown, and then any of them must be published again."""
        events = list(events)
        try:
            self.send_all([Outgoing(event.type, event.to_bytes(), event.id) for event in events])
        except Unroutable as error:
            _count(events, error.message_ids)
            raise
        _count(events, frozenset())

    def send_all(self, messages: Sequence[Outgoing]) -> None:
        """The same for messages that are not events."""
        refused: set[str] = set()
        with self._lock:
            for window in _windows(messages):
                refused |= self._send(window)
        if refused:
            raise Unroutable(refused)

    def close(self) -> None:
        with self._lock:
            if self._channel is not None:
                self._channel.close()
                self._channel = None

    def _send(self, window: Sequence[Outgoing]) -> frozenset[str]:
        may_be_stale = self._channel is not None
        try:
            try:
                return self._send_once(window)
            except BROKER_ERRORS as error:
                # A connection that was idle while the broker restarted does not say that it is down now.
                if not may_be_stale or isinstance(error, TimeoutError):
                    raise
                return self._send_once(window)
        except BROKER_ERRORS as error:
            raise DependencyDown("broker", f"{type(error).__name__} {error}") from error

    def _send_once(self, window: Sequence[Outgoing]) -> frozenset[str]:
        try:
            if self._channel is None:
                self._channel = ConfirmedChannel(self._uri, self._exchange, self._timeout)
            return self._channel.send(window)
        except BaseException:
            self._throw_away()
            raise

    def _throw_away(self) -> None:
        if self._channel is not None:
            self._channel.throw_away()
            self._channel = None


def _count(events: Iterable[Event], refused: frozenset[str]) -> None:
    for event in events:
        if event.id in refused:
            metrics.UNROUTABLE.labels(event.type).inc()
            log.error("event_unroutable", event_id=event.id, type=event.type)
        else:
            metrics.PUBLISHED.labels(event.type).inc()


def _windows(messages: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """As many messages at once as the broker may leave unconfirmed."""
    window: list[Outgoing] = []
    size = 0
    for message in messages:
        if window and (len(window) == WINDOW_MESSAGES or size + len(message.body) > WINDOW_BYTES):
            yield window
            window, size = [], 0
        window.append(message)
        size += len(message.body)
    if window:
        yield window
