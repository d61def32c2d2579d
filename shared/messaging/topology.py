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
        (("notifications.events", "notifications.address.#"),),
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
)


def queues_of(service: str) -> tuple[Queue, ...]:
    """The queues that this service reads, without its dead-letter queue."""
    return tuple(queue for queue in QUEUES if queue.service == service)


def queue_named(name: str) -> Queue:
    """Raises KeyError for a name that is not in the table."""
    return {queue.name: queue for queue in QUEUES}[name]
