"""Standing on the road between two services: taking events out of a queue, putting others in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import amqp
from click.testing import CliRunner

from prasan.cli import main
from shared.testing.stack import Stack
from tests.faults.world import until

Envelope = dict[str, Any]


def intercept(stack: Stack, service: str, queue: str, count: int, send: Callable[[], object]) -> list[bytes]:
    """What `send` puts into a queue of this service, taken before the service could see it."""
    process = stack.service(service)
    stack.broker.wait_until_drained()
    process.stop()
    send()
    until(lambda: stack.broker.ready_messages()[queue] >= count, f"{count} events wait in {queue}")
    with stack.broker.connection() as connection:
        channel = connection.channel()
        taken = [bytes(_body(channel.basic_get(queue, no_ack=True))) for _ in range(count)]
        channel.close()
    process.start()
    return taken


def put(stack: Stack, exchange: str, routing_key: str, *bodies: bytes) -> None:
    """Publishes these bytes as they are, in this order."""
    with stack.broker.connection() as connection:
        channel = connection.channel()
        for body in bodies:
            message = amqp.Message(body, delivery_mode=2, message_id="from the road")
            channel.basic_publish_confirm(message, exchange=exchange, routing_key=routing_key, timeout=10)


def put_events(stack: Stack, *bodies: bytes) -> None:
    """Publishes events of projects as projects would."""
    for body in bodies:
        put(stack, "projects.events", str(json.loads(body)["type"]), body)


def changed(body: bytes, **changes: Any) -> bytes:
    """The event with other attributes."""
    return to_bytes({**json.loads(body), **changes})


def with_project(body: bytes, **changes: Any) -> bytes:
    """The event with other words about its project."""
    envelope: Envelope = json.loads(body)
    envelope["data"]["project"].update(changes)
    return to_bytes(envelope)


def to_bytes(envelope: Envelope) -> bytes:
    return json.dumps(envelope, ensure_ascii=False).encode()


def prasan(stack: Stack, *arguments: str) -> Any:
    """What the operator's command answers as JSON."""
    result = CliRunner().invoke(main, [*arguments, "--json"], env=stack.operator_environment())
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout) if result.stdout.strip() else None


def _body(message: amqp.Message | None) -> bytes:
    assert message is not None, "somebody else took it"
    body = message.body
    return body.encode() if isinstance(body, str) else body
