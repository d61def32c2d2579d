"""What the messaging of a process counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

PUBLISHED = Counter("prasan_events_published", "Events that the broker confirmed", ["type"])
UNROUTABLE = Counter("prasan_events_unroutable", "Events that no queue is bound for", ["type"])
OUTBOX_WAITING = Gauge(
    "prasan_outbox_waiting", "Documents with events that are not published yet", ["collection"]
)
HANDLED = Counter("prasan_messages_handled", "Messages that a handler finished", ["queue"])
HANDLING_SECONDS = Histogram("prasan_message_handling_seconds", "From delivery until the ack", ["queue"])
DEAD_LETTERS = Counter(
    "prasan_dead_letters", "Messages kept because they cannot be handled", ["queue", "cause"]
)
DEAD_LETTERS_WAITING = Gauge("prasan_dead_letters_waiting", "Dead letters that nobody has replayed")
DATABASE_ANSWERS = Gauge("prasan_database_answers", "1 if the database answered when these figures were read")
