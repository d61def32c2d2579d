"""The least that could be done: a confirmed, persistent publish to a quorum queue, and a consumer that
sends each message over a kept-open smtplib connection.

As a program it is that consumer: `python -m benchmarks.bare_kombu AMQP_URI SMTP_PORT`.
"""

from __future__ import annotations

import smtplib
import sys
from typing import Any

from kombu import Connection, Exchange, Queue
from kombu.mixins import ConsumerMixin

EXCHANGE = Exchange("bench.bare", type="direct", durable=True)
QUEUE = Queue(
    "bench.bare", EXCHANGE, routing_key="bare", durable=True, queue_arguments={"x-queue-type": "quorum"}
)


class Sender(ConsumerMixin):
    """Acks a message once the mail server has accepted it."""

    def __init__(self, connection: Connection, smtp_port: int) -> None:
        self.connection = connection
        self._smtp = smtplib.SMTP("127.0.0.1", smtp_port)

    def get_consumers(self, Consumer: Any, channel: Any) -> list[Any]:  # noqa: N803  kombu's name
        return [Consumer([QUEUE], callbacks=[self._send], prefetch_count=1, accept=["text/plain"])]

    def on_consume_ready(self, *arguments: Any, **options: Any) -> None:
        print("ready", flush=True)

    def _send(self, body: bytes, message: Any) -> None:
        self._smtp.sendmail("bench@example.org", ["contact@example.org"], body)
        message.ack()


def main() -> None:
    with Connection(sys.argv[1]) as connection:
        Sender(connection, int(sys.argv[2])).run()


if __name__ == "__main__":
    main()
