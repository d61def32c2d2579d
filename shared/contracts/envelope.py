"""CloudEvents 1.0 in structured JSON: the one form in which services speak to each other.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.clock import from_timestamp, to_timestamp
from shared.errors import Unreadable

CONTENT_TYPE = "application/cloudevents+json"
SPEC_VERSION = "1.0"
LARGEST_EVENT = 4 * 1024 * 1024  # bytes; RabbitMQ's own default limit is 16 MiB

_REQUIRED = ("id", "source", "type", "subject", "time", "version", "data")


@dataclass(frozen=True)
class Event:
    """Something that happened, in the past tense.

    `id` is `{aggregate id}:{version}`; `type` is also the routing key; `data` is plain JSON, a
    snapshot that asks nobody back.
    """

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    version: int
    data: Mapping[str, Any]
    actor: str = "system"
    traceparent: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The envelope as plain JSON types, ready for a broker or a document."""
        envelope: dict[str, Any] = {
            "specversion": SPEC_VERSION,
            "id": self.id,
            "type": self.type,
            "source": self.source,
            "subject": self.subject,
            "time": to_timestamp(self.time),
            "datacontenttype": "application/json",
            "version": self.version,
            "actor": self.actor,
            "data": dict(self.data),
        }
        if self.traceparent:
            envelope["traceparent"] = self.traceparent
        return {**self.extensions, **envelope}

    def to_bytes(self) -> bytes:
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of type and data: two events of one id must share it."""
        content = json.dumps([self.type, dict(self.data)], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()


def event_from_dict(envelope: Any) -> Event:
    """The event that `to_dict` wrote. Raises Unreadable naming what is missing or wrong."""
    if not isinstance(envelope, dict):
        raise Unreadable("not-an-object", type(envelope).__name__)
    if envelope.get("specversion") != SPEC_VERSION:
        raise Unreadable("unknown-specversion", envelope.get("specversion"))
    missing = [name for name in _REQUIRED if name not in envelope]
    if missing:
        raise Unreadable("missing-attribute", ", ".join(missing))
    texts = [name for name in ("id", "source", "type", "subject", "time") if not _is_text(envelope[name])]
    if texts:
        raise Unreadable("wrong-attribute", ", ".join(texts))
    version = envelope["version"]
    if isinstance(version, bool) or not isinstance(version, int) or version < 0:
        raise Unreadable("wrong-attribute", "version")
    if not isinstance(envelope["data"], dict):
        raise Unreadable("wrong-attribute", "data")
    try:
        time = from_timestamp(envelope["time"])
    except ValueError as error:
        raise Unreadable("wrong-attribute", "time") from error
    known = {*_REQUIRED, "specversion", "datacontenttype", "actor", "traceparent"}
    return Event(
        id=envelope["id"],
        type=envelope["type"],
        source=envelope["source"],
        subject=envelope["subject"],
        time=time,
        version=version,
        data=envelope["data"],
        actor=str(envelope.get("actor", "system")),
        traceparent=envelope.get("traceparent"),
        extensions={name: value for name, value in envelope.items() if name not in known},
    )


def event_from_bytes(body: bytes) -> Event:
    """The event in a message body. Raises Unreadable if it is too large, not UTF-8 or not JSON."""
    if len(body) > LARGEST_EVENT:
        raise Unreadable("too-large", f"{len(body)} bytes")
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise Unreadable("not-json", error) from error
    return event_from_dict(envelope)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 512
