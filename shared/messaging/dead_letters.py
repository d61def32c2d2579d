"""Messages that cannot be handled, kept with their cause until somebody mends the cause and replays them."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

import structlog
from bson import Binary
from nameko.extensions import SharedExtension
from pymongo.database import Database

from shared.clock import Clock, SystemClock
from shared.contracts.envelope import LARGEST_EVENT
from shared.errors import Conflict, Invalid, NotFound, Unreadable, Unroutable
from shared.messaging import metrics
from shared.messaging.publisher import Outgoing, Publisher
from shared.messaging.retention import RETENTION
from shared.messaging.topology import QUEUES, REPLAY_EXCHANGE
from shared.mongo import Mongo

COLLECTION = "dead_letters"
_DETAIL_LENGTH = 2_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Letter:
    """A message as it was found, and why it could not be handled."""

    queue: str
    cause: str
    detail: str
    body: bytes
    routing_key: str = ""
    message_id: str = ""
    headers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The same message dead in the same queue is the same letter, however often it dies."""
        return hashlib.sha256(self.queue.encode() + b"\0" + self.body).hexdigest()[:32]


class Sender(Protocol):
    """What a replay is sent with: shared.messaging.publisher.Publisher."""

    def send_all(self, messages: list[Outgoing]) -> None: ...


class DeadLetters:
    """The collection `dead_letters` of one service."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        sender: Sender | None = None,
        clock: Clock | None = None,
        retention: timedelta = RETENTION,
    ) -> None:
        self._letters = database[COLLECTION]
        self._sender = sender
        self._clock = clock or SystemClock()
        self._retention = retention

    def keep(self, letter: Letter) -> str:
        """Store it, or count it once more; its id."""
        now = self._clock.now()
        self._letters.update_one(
            {"_id": letter.id},
            {
                "$setOnInsert": _content(letter) | {"at": now, "replays": 0, "replayed_at": None},
                "$set": {
                    "cause": letter.cause,
                    "detail": letter.detail[:_DETAIL_LENGTH],
                    "state": "waiting",
                    "last_at": now,
                },
                "$inc": {"deaths": 1},
            },
            upsert=True,
        )
        metrics.DEAD_LETTERS.labels(letter.queue, letter.cause).inc()
        log.error("dead_letter", id=letter.id, queue=letter.queue, cause=letter.cause)
        return letter.id

    def list(self, after: str | None = None, limit: int = 50, **attributes: Any) -> list[dict[str, Any]]:
        """Letters in the order of their ids, without bodies; `attributes` may name queue, cause, state."""
        condition = {name: value for name, value in attributes.items() if value is not None}
        if after is not None:
            condition["_id"] = {"$gt": after}
        return list(self._letters.find(condition, {"body": 0, "mended_body": 0}).sort("_id", 1).limit(limit))

    def count_waiting(self) -> int:
        """How many letters nobody has replayed."""
        return self._letters.count_documents({"state": "waiting"})

    def get(self, letter_id: str) -> dict[str, Any]:
        """The whole letter. Raises NotFound."""
        letter = self._letters.find_one({"_id": letter_id})
        if letter is None:
            raise NotFound("dead-letter-not-found", id=letter_id)
        return letter

    def replay(self, letter_id: str, body: bytes | None = None) -> dict[str, Any]:
        """Put the message, or a mended `body`, back into the queue it came from; the letter as it is then.

        Raises NotFound, Conflict (too old, or its queue is not known), Invalid (its body was too large to
        keep, so a mended one is needed), DependencyDown.
        """
        letter = self.get(letter_id)
        self._require_replayable(letter, body)
        content = bytes(letter["body"]) if body is None else body
        message = Outgoing(letter["queue"], content, letter["message_id"] or letter_id)
        assert self._sender is not None, "DeadLetters was made without a sender"
        try:
            self._sender.send_all([message])
        except Unroutable as error:
            raise Conflict("dead-letter-without-queue", queue=letter["queue"]) from error
        mended = {} if body is None else {"mended_body": Binary(body)}
        replayed = {"state": "replayed", "replayed_at": self._clock.now(), **mended}
        # Should it have died again meanwhile, it goes on waiting.
        same_death = {"_id": letter_id, "deaths": letter["deaths"]}
        self._letters.update_one(same_death, {"$set": replayed, "$inc": {"replays": 1}})
        return self.get(letter_id)

    def _require_replayable(self, letter: Mapping[str, Any], body: bytes | None) -> None:
        if letter["queue"] not in {queue.name for queue in QUEUES}:
            raise Conflict("dead-letter-without-queue", queue=letter["queue"])
        if letter["at"] < self._clock.now() - self._retention:
            raise Conflict("dead-letter-too-old", days=self._retention.days)
        if body is None and letter["truncated"]:
            raise Invalid("dead-letter-truncated")


class DeadLetterBox(SharedExtension):
    """The dead letters of the container's service: `box = DeadLetterBox()`, then `box.letters`."""

    mongo = Mongo()

    def __init__(self) -> None:
        self._letters: DeadLetters | None = None
        self._publisher: Publisher | None = None

    @property
    def letters(self) -> DeadLetters:
        if self._letters is None:
            database = self.mongo.database
            self._publisher = Publisher(self.container.config["AMQP_URI"], REPLAY_EXCHANGE)
            self._letters = DeadLetters(database, self._publisher)
        return self._letters

    def look_up_figures(self) -> None:
        metrics.DEAD_LETTERS_WAITING.set(self.letters.count_waiting())

    def stop(self) -> None:
        if self._publisher is not None:
            self._publisher.close()


def cause_of(error: BaseException) -> tuple[str, str]:
    """(stable code, what a person needs in order to find it): never the values that were handled, which
    may be a person's."""
    if isinstance(error, Unreadable):
        return error.cause, error.detail
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    places = " < ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"handler-failed-{type(error).__name__}", places


def _content(letter: Letter) -> dict[str, Any]:
    kept = letter.body[:LARGEST_EVENT]
    return {
        "queue": letter.queue,
        "body": Binary(kept),
        "size": len(letter.body),
        "truncated": len(kept) < len(letter.body),
        "sha256": hashlib.sha256(letter.body).hexdigest(),
        "routing_key": letter.routing_key,
        "message_id": letter.message_id,
        "headers": {str(name): str(value)[:500] for name, value in letter.headers.items()},
    }
