"""The one table of exchanges, queues, bindings and effects. Everything else is derived from it."""

from __future__ import annotations

from dataclasses import dataclass

SERVICES = ("projects", "partners", "notifications")

DELIVERY_LIMIT = 50  # deliveries of one message before the broker itself dead-letters it
DEAD_EXCHANGE = "dead"
REPLAY_EXCHANGE = "replay"  # every queue is bound to it by its own name


@dataclass(frozen=True)
class Queue:
    """A durable quorum queue, named for its purpose.

    `bindings` are (exchange, routing-key pattern); `effect` says how a handler stays idempotent:
    `insert once` or `keep newest`.
    """

    name: str
    service: str
    bindings: tuple[tuple[str, str], ...]
    effect: str


def events_exchange(service: str) -> str:
    """The topic exchange that only this service may write to."""
    return f"{service}.events"


def dead_queue(service: str) -> str:
    """Where the broker puts what it could not hand to this service."""
    return f"{service}.dead"


QUEUES = (
    Queue(
        "partners.audiences",
        "partners",
        (
            ("projects.events", "projects.project.#"),
            ("projects.events", "projects.milestone.#"),
            ("projects.events", "projects.indicator.#"),
        ),
        "insert once: audience pages; keep newest: project projection",
    ),
    Queue(
        "partners.feedback",
        "partners",
        (
            ("notifications.events", "notifications.address.#"),
            ("notifications.events", "notifications.contact.#"),
            ("notifications.events", "notifications.preferences.#"),
        ),
        "keep newest: contact",
    ),
    Queue(
        "notifications.audiences",
        "notifications",
        (("partners.events", "partners.audience.page.#"),),
        "insert once: dispatches",
    ),
    Queue(
        "notifications.contacts",
        "notifications",
        (("partners.events", "partners.contact.#"),),
        "keep newest: contact projection",
    ),
    Queue(
        "projects.outcomes",
        "projects",
        (
            ("notifications.events", "notifications.dispatch.#"),
            ("partners.events", "partners.audience.resolved.#"),
        ),
        "keep newest: outcome of a milestone",
    ),
    Queue(
        "projects.questions",
        "projects",
        (
            ("notifications.events", "notifications.reply.#"),
            ("partners.events", "partners.contact.erased.#"),
        ),
        "insert once: question on a project; an erased contact's are removed",
    ),
)


def queues_of(service: str) -> tuple[Queue, ...]:
    """The queues that this service reads, without its dead-letter queue."""
    return tuple(queue for queue in QUEUES if queue.service == service)


def queue_named(name: str) -> Queue:
    """Raises KeyError for a name that is not in the table."""
    return {queue.name: queue for queue in QUEUES}[name]


def queues_hearing(event_type: str) -> tuple[Queue, ...]:
    """The queues that an event of this type reaches."""
    exchange = events_exchange(event_type.partition(".")[0])
    return tuple(
        queue
        for queue in QUEUES
        if any(bound == exchange and matches(pattern, event_type) for bound, pattern in queue.bindings)
    )


def matches(pattern: str, routing_key: str) -> bool:
    """As RabbitMQ's topic exchange decides: `*` is one word, `#` any number of words, also none.

    https://www.rabbitmq.com/tutorials/tutorial-five-python
    """
    return _words_match(pattern.split("."), routing_key.split("."))


def _words_match(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    first, *rest = pattern
    if first == "#":
        return any(_words_match(rest, words[skipped:]) for skipped in range(len(words) + 1))
    return bool(words) and first in ("*", words[0]) and _words_match(rest, words[1:])
