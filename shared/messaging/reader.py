"""Reads one queue: a connection of its own, messages handled at once up to the prefetch, and an end that
loses nothing.

Stopping or pausing cancels the consumer first; the connection stays until every handler that is at work
has acked. What a handler did not ack goes back to the queue when the connection closes.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import amqp
import structlog

from shared.messaging.connection import BROKER_ERRORS, close_politely, open_connection, throw_away
from shared.messaging.waiting import backoff

HEARTBEAT = 10  # seconds; a broker that is silent for two of them is taken for frozen
ANSWER_WITHIN = 10.0  # seconds for the broker's answer to anything we ask
RECONNECT_WITHIN = 2.0  # seconds after the broker is back
LOOK_AROUND_EVERY = 0.25  # seconds until a stop or a pause is noticed
DRAIN_WITHIN = 25.0  # seconds for handlers at work when stopping; compose kills after 30

log = structlog.get_logger(__name__)


class Session:
    """One connection to the queue, from consuming to closing."""

    def __init__(self, uri: str, queue: str, prefetch: int, on_message: Callable[[Delivery], None]) -> None:
        self._on_message = on_message
        self._connection = open_connection(
            uri, f"consumer {queue}", timeout=ANSWER_WITHIN, heartbeat=HEARTBEAT
        )
        self.lost = False
        try:
            self._channel = self._connection.channel()
            self._channel.basic_qos(0, prefetch, False)
            self._tag = self._channel.basic_consume(
                queue, callback=self._deliver, on_cancel=self._on_cancelled
            )
        except BaseException:
            self.throw_away()
            raise

    def pump(self, seconds: float) -> None:
        """Take what the broker sends for so long. Raises BROKER_ERRORS when the connection is lost."""
        if self.lost:
            raise ConnectionResetError("an ack could not be sent")
        with contextlib.suppress(TimeoutError):
            self._connection.drain_events(timeout=seconds)
        self._connection.heartbeat_tick()

    def cancel(self) -> None:
        """No new messages after this."""
        self._channel.basic_cancel(self._tag)

    def ack(self, delivery_tag: int) -> None:
        """Where the connection is lost the broker delivers again, and the handler's effect knows it."""
        try:
            self._channel.basic_ack(delivery_tag)
        except BROKER_ERRORS as error:
            self.lost = True
            log.warning("ack_lost", cause=repr(error))

    def close(self) -> None:
        close_politely(self._connection)

    def throw_away(self) -> None:
        self.lost = True
        throw_away(self._connection)

    def _deliver(self, message: amqp.Message) -> None:
        self._on_message(Delivery.from_amqp(message, self))

    def _on_cancelled(self, consumer_tag: str) -> None:
        raise ConnectionResetError("the broker cancelled the consumer: its queue is gone")


@dataclass(frozen=True)
class Delivery:
    """A message with its bytes untouched, and the session that must ack it."""

    body: bytes
    routing_key: str
    message_id: str
    headers: Mapping[str, Any]
    session: Session
    tag: int

    @classmethod
    def from_amqp(cls, message: amqp.Message, session: Session) -> Delivery:
        body = message.body
        return cls(
            body=body.encode("utf-8", "surrogateescape") if isinstance(body, str) else bytes(body),
            routing_key=message.delivery_info["routing_key"],
            message_id=str(message.properties.get("message_id", "")),
            headers=message.properties.get("application_headers") or {},
            session=session,
            tag=message.delivery_info["delivery_tag"],
        )

    def ack(self) -> None:
        self.session.ack(self.tag)


class QueueReader:
    """Keeps reading until told to stop. `handle` runs in its own greenlet, started by `spawn`; it acks the
    delivery, or leaves it unacked to have it delivered again.

    `ping` says (by not raising) that a pause may end.
    """

    def __init__(
        self,
        uri: str,
        queue: str,
        prefetch: int,
        handle: Callable[[Delivery], None],
        spawn: Callable[[Callable[[], None]], Any],
        ping: Callable[[], None],
    ) -> None:
        self.queue = queue
        self.connected = False
        self._uri = uri
        self._prefetch = prefetch
        self._handle = handle
        self._spawn = spawn
        self._ping = ping
        self._at_work = 0
        self._stopping = threading.Event()
        self._paused = threading.Event()

    @property
    def ending(self) -> bool:
        """Handlers that only wait should give up now, without acking."""
        return self._stopping.is_set() or self._paused.is_set()

    def run(self) -> None:
        """Read until stopped, over as many connections as it takes."""
        pauses = backoff(most=RECONNECT_WITHIN)
        while not self._stopping.is_set():
            try:
                self._read()
                pauses = backoff(most=RECONNECT_WITHIN)
                self._wait_out_pause()
            except Exception as error:
                # Not only BROKER_ERRORS: a broken frame makes py-amqp raise anything, and a new connection
                # mends that as well.
                log.warning("consumer_reconnects", queue=self.queue, cause=repr(error))
                self._stopping.wait(next(pauses))

    def stop(self) -> None:
        """Ask the reader to end; `run` returns when it has."""
        self._stopping.set()

    def pause(self) -> None:
        """Give everything back to the queue and read again when `ping` answers."""
        self._paused.set()

    def wait(self, seconds: float) -> bool:
        """Sleep for a handler; False if it should give up."""
        deadline = time.monotonic() + seconds
        while not self.ending and (left := deadline - time.monotonic()) > 0:
            self._stopping.wait(min(left, LOOK_AROUND_EVERY))
        return not self.ending

    def _read(self) -> None:
        session = Session(self._uri, self.queue, self._prefetch, self._on_message)
        self.connected = True
        log.info("consumer_ready", queue=self.queue)
        try:
            while not self.ending:
                session.pump(LOOK_AROUND_EVERY)
            session.cancel()
            self._drain(session)
        except BaseException:
            session.throw_away()
            raise
        finally:
            self.connected = False
        session.close()

    def _drain(self, session: Session) -> None:
        deadline = time.monotonic() + DRAIN_WITHIN
        while self._at_work and time.monotonic() < deadline:
            session.pump(0.05)

    def _on_message(self, delivery: Delivery) -> None:
        self._at_work += 1
        self._spawn(lambda: self._work(delivery))

    def _work(self, delivery: Delivery) -> None:
        try:
            self._handle(delivery)
        finally:
            self._at_work -= 1

    def _wait_out_pause(self) -> None:
        if not self._paused.is_set():
            return
        log.warning("consumer_paused", queue=self.queue)
        pauses = backoff(first=1.0)
        while not self._stopping.wait(next(pauses)):
            try:
                self._ping()
            except Exception as error:
                log.warning("consumer_still_paused", queue=self.queue, cause=str(error))
                continue
            break
        self._paused.clear()
