"""Who is told by a person instead of a mail: what such a delivery becomes once somebody has told them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.notifications.domain.claiming import NO_ADDRESS
from services.notifications.domain.recipients import Recipient
from services.notifications.domain.states import BY_HAND, TOLD

HOW = ("telephone", "line", "in_person", "letter", "other")
AHEAD = timedelta(minutes=5)  # by how much the clock of whoever reports may be ahead of ours
MOST_REMEMBERED = 20  # Idempotency-Keys of one delivery


@dataclass(frozen=True)
class Telling:
    """By whom, when and how somebody was told; `recorded_by` is the caller who says so."""

    by: str
    at: datetime
    how: str
    note: str | None
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True)
class Record:
    """What is known of one delivery that is told by hand. `version` counts the changes; `keys` are the
    Idempotency-Keys of requests that were carried out, each with the hash of its request."""

    version: int = 0
    telling: Telling | None = None
    keys: Mapping[str, str] | None = None

    def told(self, telling: Telling) -> Record:
        return replace(self, version=self.version + 1, telling=telling)

    def undone(self) -> Record:
        return replace(self, version=self.version + 1, telling=None)

    def remembering(self, key: str, request_hash: str) -> Record:
        known = [*(self.keys or {}).items(), (key, request_hash)]
        return replace(self, keys=dict(known[-MOST_REMEMBERED:]))


def is_by_hand(recipient: Recipient) -> bool:
    return recipient.state == BY_HAND


def marked(recipient: Recipient, told: bool) -> Recipient:
    """The recipient counted as told, or as still to be told; it stays `by_hand`, where no mail follows."""
    return replace(recipient, why=TOLD if told else NO_ADDRESS)
