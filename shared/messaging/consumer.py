"""`@consume("partners.audiences")`: a service method that is called with each event of a queue.

    @consume("partners.audiences")
    def on_project_event(self, event: Event) -> None: ...

The message is acked when the method returns. A dependency that is down is waited for, without acking;
whatever else goes wrong is kept as a dead letter with its cause, and acked. The service's dead-letter queue
is drained into the same collection.
"""

from __future__ import annotations

import time
from itertools import islice
from typing import Any

import structlog
from eventlet.event import Event as Signal
from nameko.extensions import Entrypoint, SharedExtension

from shared.contracts.envelope import Event
from shared.contracts.registry import read_event
from shared.errors import Misconfigured, VersionConflict
from shared.failpoints import failpoint
from shared.messaging import metrics
from shared.messaging.dead_letters import DeadLetterBox, Letter, cause_of
from shared.messaging.reader import Delivery, QueueReader
from shared.messaging.topology import dead_queue, queue_named
from shared.messaging.waiting import backoff
from shared.mongo import DEPENDENCY_DOWN, Mongo

PREFETCH = 10  # messages of one queue handled at once; config `prefetch`
PATIENCE = 300.0  # seconds in which a handler waits for a dependency; config `patience`
CONFLICT_RETRIES = 10  # a version conflict passes by itself, unless something writes without end

log = structlog.get_logger(__name__)


class Reading:
    """What the consumer of an event queue and that of the dead-letter queue have in common."""

    container: Any
    mongo = Mongo()
    box = DeadLetterBox()
    reader: QueueReader | None = None
    _greenlet: Any = None

    @property
    def queue(self) -> str:
        raise NotImplementedError

    def settle(self, delivery: Delivery) -> None:
        """Do what the message asks for. Raises DependencyDown or DATABASE_DOWN to be called again."""
        raise NotImplementedError

    def start(self) -> None:
        config = self.container.config
        self.reader = QueueReader(
            uri=config["AMQP_URI"],
            queue=self.queue,
            prefetch=config.get("prefetch", PREFETCH),
            handle=self.process,
            spawn=self._spawn,
            ping=self.mongo.ping,
        )
        self._greenlet = self._spawn(self.reader.run)

    def stop(self) -> None:
        if self.reader is not None:
            self.reader.stop()
            self._greenlet.wait()

    def kill(self) -> None:
        if self.reader is not None:
            self.reader.stop()

    def process(self, delivery: Delivery) -> None:
        """Settle and ack, waiting as long as a dependency is down; or give up without acking."""
        began = time.monotonic()
        for pause in backoff():
            try:
                self.settle(delivery)
            except DEPENDENCY_DOWN as error:
                log.warning(
                    "message_waits", queue=self.queue, message_id=delivery.message_id, cause=str(error)
                )
                if not self._wait(pause, began):
                    return
                continue
            failpoint("consumer.handled")
            delivery.ack()
            metrics.HANDLED.labels(self.queue).inc()
            metrics.HANDLING_SECONDS.labels(self.queue).observe(time.monotonic() - began)
            return

    def keep(self, letter: Letter) -> None:
        self.box.letters.keep(letter)

    def _wait(self, pause: float, began: float) -> bool:
        assert self.reader is not None
        if time.monotonic() - began > self.container.config.get("patience", PATIENCE):
            self.reader.pause()
        return self.reader.wait(pause)

    def _spawn(self, work: Any) -> Any:
        return self.container.spawn_managed_thread(work, identifier=f"consumer {self.queue}")


class DeadLetterDrain(Reading, SharedExtension):
    """Moves what the broker gave up on from `{service}.dead` into `dead_letters`."""

    @property
    def queue(self) -> str:
        return dead_queue(self.container.service_name)

    def settle(self, delivery: Delivery) -> None:
        death = (delivery.headers.get("x-death") or [{}])[0]
        reason = delivery.headers.get("x-first-death-reason") or death.get("reason", "unknown")
        letter = Letter(
            queue=str(delivery.headers.get("x-first-death-queue") or death.get("queue", "")),
            cause=str(reason).replace("_", "-"),
            detail="the broker gave it up; whoever took it ended before the ack",
            body=delivery.body,
            routing_key=str((death.get("routing-keys") or [delivery.routing_key])[0]),
            message_id=delivery.message_id,
            headers=delivery.headers,
        )
        self.keep(letter)


class Consume(Reading, Entrypoint):
    """The entrypoint behind `@consume`."""

    drain = DeadLetterDrain()

    def __init__(self, queue: str, **options: Any) -> None:
        self._queue = queue
        super().__init__(**options)

    @property
    def queue(self) -> str:
        return self._queue

    def setup(self) -> None:
        try:
            queue = queue_named(self._queue)
        except KeyError as error:
            raise Misconfigured(f"{self._queue} is not in shared/messaging/topology.py") from error
        if queue.service != self.container.service_name:
            raise Misconfigured(f"{self._queue} belongs to {queue.service}")

    def stop(self) -> None:
        super().stop()
        self.drain.stop()  # while the database is still there: nameko stops shared extensions all at once

    def settle(self, delivery: Delivery) -> None:
        try:
            self._handle(delivery)
        except DEPENDENCY_DOWN:
            raise
        except Exception as error:
            cause, detail = cause_of(error)
            self.keep(
                Letter(
                    queue=self._queue,
                    cause=cause,
                    detail=detail,
                    body=delivery.body,
                    routing_key=delivery.routing_key,
                    message_id=delivery.message_id,
                    headers=delivery.headers,
                )
            )

    def _handle(self, delivery: Delivery) -> None:
        event = read_event(delivery.body)
        with structlog.contextvars.bound_contextvars(event_id=event.id, traceparent=event.traceparent):
            self._call_through_conflicts(event)

    def _call_through_conflicts(self, event: Event) -> None:
        for pause in islice(backoff(0.01, 0.5), CONFLICT_RETRIES):
            try:
                self._call(event)
            except VersionConflict:
                time.sleep(pause)
            else:
                return
        self._call(event)

    def _call(self, event: Event) -> None:
        """Run the service's method as a nameko worker and raise what it raised."""
        done = Signal()

        def finish(worker_ctx: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            done.send(exc_info)
            return result, exc_info

        self.container.spawn_worker(self, (event,), {}, handle_result=finish)
        exc_info = done.wait()
        if exc_info is not None:
            raise exc_info[1]


consume = Consume.decorator
